"""Files to pictures: upright, sRGB or gray, alpha apart, at the depth that they were saved in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, cast

import numpy as np
from PIL import Image

from translate.images.deep import is_deep
from translate.images.frame import Frame, load_frame
from translate.images.metadata import read_metadata, read_orientation
from translate.images.picture import Picture, Probe, Samples
from translate.images.source import check_pixels, label_of, opened, reading

DEFAULT_MAX_PIXELS: Final = 500_000_000
"""Enough for 20,000 x 20,000; all frames of a file together."""

_NAMES = {"MPO": "JPEG", "DIB": "BMP"}
_REDUCED, _MASK = 1, 4
_NEW_SUBFILE_TYPE = 254


def decode(
    source: Path | bytes, *, max_pixels: int = DEFAULT_MAX_PIXELS, name: str | None = None
) -> Picture:
    """Read a picture with all its frames, whatever its name claims it is.

    Args:
        source: A file, or the bytes of one.
        max_pixels: Most pixels that all frames may hold together.
        name: How messages call the source; the path by default.

    Raises:
        InputError: It is missing, unreadable, empty, no picture, damaged or too large; one line.
    """
    label = label_of(source, name)
    with reading(label), opened(source, label, max_pixels) as image:
        frames, durations, pixels = [], [], 0
        icc = image.info.get("icc_profile")
        for index in _frame_numbers(image):
            image.seek(index)
            pixels += image.width * image.height
            check_pixels(label, pixels, max_pixels)
            data = source if isinstance(source, bytes) else None
            frame = load_frame(image, icc, partial(_again, source, index), data)
            frames.append(frame)
            durations.append(round(image.info.get("duration") or 0))
        animated = len(frames) > 1 and image.format != "TIFF"
        return Picture(
            frames=tuple(frame.colour for frame in frames),
            alpha=_alphas(frames, animated),
            format=_name(image),
            durations=tuple(durations) if animated else (),
            loop=_loop(image) if animated else 0,
            metadata=read_metadata(image, frames[0].icc),
        )


def probe(
    source: Path | bytes, *, max_pixels: int = DEFAULT_MAX_PIXELS, name: str | None = None
) -> Probe:
    """Read the header of a picture: what `decode` would return, without decoding it.

    Raises:
        InputError: As `decode`, where the header already tells.
    """
    label = label_of(source, name)
    with reading(label), opened(source, label, max_pixels) as image:
        width, height = image.size
        # Pillow gives a TIFF's size as it will be after it has turned it
        if _name(image) != "TIFF" and read_orientation(image) >= 5:
            width, height = height, width
        deep, alpha = is_deep(image), image.has_transparency_data
        gray = image.mode in ("1", "L", "LA") or image.mode.startswith("I;16")
        if deep and "LA;16B" in str(getattr(image, "tile", "")):
            gray = True
        return Probe(
            format=_name(image),
            width=width,
            height=height,
            frames=sum(1 for _ in _frame_numbers(image)),
            channels=1 if gray else 3,
            bits=16 if deep else 8,
            has_alpha=alpha,
        )


def _name(image: Image.Image) -> str:
    name = image.format or ""
    return _NAMES.get(name, name)


def _again(source: Path | bytes, index: int) -> Image.Image:
    """Open the same frame once more."""
    image = Image.open(source if isinstance(source, Path) else io.BytesIO(source))
    image.seek(index)
    return image


def _frame_numbers(image: Image.Image) -> Iterator[int]:
    """Yield the numbers of the frames that are pictures of their own.

    Left out: the further views of an MPO, the still that an APNG shows where it cannot be
    played, and a TIFF's reduced copies and masks.
    """
    total = cast(int, getattr(image, "n_frames", 1))
    if total == 1 or image.format == "MPO":
        yield 0
        return
    start = 1 if image.info.get("default_image") else 0
    for index in range(start, total):
        if image.format == "TIFF" and index:
            image.seek(index)
            kind = getattr(image, "tag_v2", {}).get(_NEW_SUBFILE_TYPE, 0)
            if isinstance(kind, int) and kind & (_REDUCED | _MASK):
                continue
        yield index


def _alphas(frames: list[Frame], animated: bool) -> tuple[Samples, ...] | None:
    """Return an alpha for each frame, or None where no frame has any.

    Decoders make up an opaque alpha for frames of an animation: that is none.
    """
    found = [frame.alpha for frame in frames]
    if animated:
        found = [a if a is not None and a.min() < np.iinfo(a.dtype).max else None for a in found]
    if all(alpha is None for alpha in found):
        return None
    return tuple(
        np.full(frame.colour.shape[:2], np.iinfo(frame.colour.dtype).max, frame.colour.dtype)
        if alpha is None
        else alpha
        for frame, alpha in zip(frames, found, strict=True)
    )


def _loop(image: Image.Image) -> int:
    """Return how often an animation plays; a GIF counts the repeats, and says nothing for once."""
    loop = int(image.info.get("loop", 1 if image.format == "GIF" else 0))
    return loop + 1 if image.format == "GIF" and "loop" in image.info and loop else loop
