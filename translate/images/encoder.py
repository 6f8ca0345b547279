"""Pictures to files: in any format, at the depth that it holds, whole or not at all."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal

import numpy as np

from translate.errors import InputError
from translate.images.alpha import as_dtype, flatten
from translate.images.color import space_of
from translate.images.formats import FORMATS, TRAITS, Traits
from translate.images.jpeg import write_jpeg
from translate.images.picture import Metadata, Picture
from translate.images.pillow import write_with_pillow
from translate.images.png import write_png
from translate.images.tiff import write_tiff
from translate.part import whole

MetadataPolicy = Literal["keep", "strip"]


def encode(
    picture: Picture,
    format: str,
    *,
    quality: int | None = None,
    png_level: int = 1,
    metadata: MetadataPolicy = "keep",
) -> bytes:
    """Return the bytes of a file.

    Args:
        picture: What to write. Samples go to 8 bits where the format has no more; alpha is laid
            over white where it has none.
        format: A key of `TRAITS`.
        quality: 1 to 100 for JPEG (95 by default), WebP (90; 100 = lossless) and AVIF (80).
        png_level: 1 = fast, to 9 = small.
        metadata: Keep what the format has a place for, or strip EXIF, XMP, profile and dpi.

    Raises:
        InputError: The format cannot hold the picture: too large, several frames, or pages.
    """
    file = io.BytesIO()
    encode_to(file, picture, format, quality=quality, png_level=png_level, metadata=metadata)
    return file.getvalue()


def encode_to(
    file: IO[bytes],
    picture: Picture,
    format: str,
    *,
    quality: int | None = None,
    png_level: int = 1,
    metadata: MetadataPolicy = "keep",
) -> None:
    """Write what `encode` returns to an open, seekable file; PNG and TIFF need no second copy."""
    traits = TRAITS[format]
    _check(picture, format, traits)
    ready = _fitted(picture, traits, metadata)
    try:
        if format == "PNG":
            write_png(file, ready, png_level)
        elif format == "TIFF":
            write_tiff(file, ready)
        elif format == "JPEG":
            write_jpeg(file, ready.frames[0], quality, ready.metadata)
        else:
            write_with_pillow(file, ready, format, quality)
    except (ValueError, TypeError, RuntimeError, SyntaxError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"cannot be written as {format} ({reason}); try PNG") from error


def _check(picture: Picture, format: str, traits: Traits) -> None:
    count, shapes = len(picture.frames), {frame.shape for frame in picture.frames}
    height, width = picture.size
    if count > 1 and traits.frames == "one":
        raise InputError(f"has {count} frames and {format} holds one; write PNG, WebP, GIF or TIFF")
    if traits.frames == "animation" and (len(shapes) > 1 or (count > 1 and not picture.durations)):
        raise InputError(f"has {count} pages and {format} holds none; write TIFF")
    if max(height, width) > traits.max_side:
        raise InputError(
            f"{width} x {height} is larger than {format} holds ({traits.max_side} a side); "
            "write PNG or TIFF"
        )


def _fitted(picture: Picture, traits: Traits, metadata: MetadataPolicy) -> Picture:
    """Return the picture as the format can hold it: depth, alpha, metadata."""
    frames, alpha = picture.frames, picture.alpha
    if traits.frames != "pages":
        deep = min(traits.bits, picture.bits) == 16
        depth = np.dtype(np.uint16) if deep else np.dtype(np.uint8)
        frames = tuple(as_dtype(frame, depth) for frame in frames)
        alpha = alpha and tuple(as_dtype(plane, depth) for plane in alpha)
    if alpha and not traits.alpha:
        frames = tuple(flatten(f, a) for f, a in zip(frames, alpha, strict=True))
        alpha = None
    kept = Metadata() if metadata == "strip" else picture.metadata
    mode = "L" if frames[0].shape[2] == 1 else "RGB"
    if kept.icc and space_of(kept.icc) != mode:
        # a stage has coloured a gray picture, or grayed a coloured one
        kept = dataclasses.replace(kept, icc=None)
    return dataclasses.replace(picture, frames=frames, alpha=alpha, metadata=kept)


def save(
    path: Path,
    picture: Picture,
    format: str | None = None,
    *,
    quality: int | None = None,
    png_level: int = 1,
    metadata: MetadataPolicy = "keep",
) -> None:
    """Write a picture to a file that is there whole or not at all.

    Args:
        path: Its folder is there; a file in its place is replaced.
        picture: As for `encode`.
        format: By default what the extension says.
        quality: As for `encode`.
        png_level: As for `encode`.
        metadata: As for `encode`.

    Raises:
        InputError: The extension is unknown, or the format cannot hold the picture.
        OSError: The disk is full or may not be written.
    """
    chosen = format or FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise InputError(f"{path}: unknown extension; use one of {', '.join(FORMATS)}")

    def write(file: IO[bytes]) -> None:
        encode_to(file, picture, chosen, quality=quality, png_level=png_level, metadata=metadata)

    try:
        _write_beside(path, write)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, through a power cut as well.

    Raises:
        OSError: The disk is full or may not be written; nothing is left behind.
    """
    _write_beside(path, lambda file: file.write(data))


def _write_beside(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    with whole(path) as part, part.open("xb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
