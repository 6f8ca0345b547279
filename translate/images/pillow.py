"""WebP, AVIF, GIF and BMP, written by Pillow."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from PIL import Image

from translate.images.jpeg import FULL_CHROMA
from translate.images.metadata import EXIF_PREFIX
from translate.images.picture import Metadata, Picture, Samples

_QUALITY: Mapping[str, int] = {"WEBP": 90, "AVIF": 80}
_CLEAR = 255


def write_with_pillow(file: IO[bytes], picture: Picture, format: str, quality: int | None) -> None:
    """Write a picture that the format can hold: 8 bits, frames of one size.

    Args:
        file: Open for writing.
        picture: Without alpha for BMP.
        format: WEBP, AVIF, GIF or BMP.
        quality: 1 to 100, or the default of the format.
    """
    if format == "GIF":
        images = _palette_frames(picture)
    else:
        alpha = picture.alpha or (None,) * len(picture.frames)
        images = [_image(f, a) for f, a in zip(picture.frames, alpha, strict=True)]
    chosen = quality if quality is not None else _QUALITY.get(format, 0)
    options: dict[str, Any] = {
        **_coding(format, chosen),
        **_metadata(format, picture.metadata),
        **_animation(format, picture),
    }
    first, *rest = images
    if rest:
        options |= {"save_all": True, "append_images": rest}
    if format == "WEBP" and rest and picture.alpha:
        packed = io.BytesIO()
        first.save(packed, format, **options)
        file.write(_with_alpha_flag(packed.getvalue()))
    else:
        first.save(file, format, **options)


def _with_alpha_flag(webp: bytes) -> bytes:
    """Say in the header that the animation has alpha.

    libwebp cuts each frame to its visible part, and says that there is no alpha where those parts
    happen to be opaque. (RFC 9649, 2.7.)
    """
    data = bytearray(webp)
    data[20] |= 0x10
    return bytes(data)


def _coding(format: str, quality: int) -> dict[str, Any]:
    if format == "AVIF":
        subsampling = "4:4:4" if quality >= FULL_CHROMA else "4:2:0"
        return {"quality": quality, "subsampling": subsampling}
    if format == "WEBP":
        lossless = quality == 100
        return {"quality": quality, "lossless": lossless, "exact": lossless}
    return {"optimize": False} if format == "GIF" else {}


def _metadata(format: str, metadata: Metadata) -> dict[str, Any]:
    """Return what the format has a place for."""
    exif = EXIF_PREFIX + metadata.exif if metadata.exif else None
    xmp, icc, dpi = metadata.xmp, metadata.icc, metadata.dpi
    found: dict[str, Any] = {}
    if format in ("WEBP", "AVIF"):
        found = {"exif": exif, "xmp": xmp, "icc_profile": icc}
    elif format == "BMP":
        found = {"dpi": dpi}
    return {key: value for key, value in found.items() if value}


def _animation(format: str, picture: Picture) -> dict[str, Any]:
    if not picture.durations or len(picture.frames) == 1:
        return {}
    options: dict[str, Any] = {"duration": list(picture.durations)}
    if format == "WEBP":
        options["loop"] = picture.loop
    if format == "GIF":
        options["disposal"] = 2
        if picture.loop != 1:
            # a GIF counts how often it starts again, and without a count plays once
            options["loop"] = max(0, picture.loop - 1)
    return options


def _image(frame: Samples, alpha: Samples | None) -> Image.Image:
    """Return a frame as a Pillow picture of mode L, RGB or RGBA."""
    if alpha is None:
        return Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame)
    colour = np.broadcast_to(frame, (*frame.shape[:2], 3))
    return Image.fromarray(np.concatenate([colour, alpha[..., None]], axis=2))


def _palette_frames(picture: Picture) -> list[Image.Image]:
    """Return frames of 256 colours chosen for each; clear where alpha is below one half."""
    if picture.alpha is None:
        return [_quantized(frame, 256) for frame in picture.frames]
    frames = []
    for frame, alpha in zip(picture.frames, picture.alpha, strict=True):
        image = _quantized(frame, _CLEAR)
        image.paste(_CLEAR, mask=Image.fromarray(np.where(alpha < 128, 255, 0).astype(np.uint8)))
        image.info["transparency"] = _CLEAR
        frames.append(image)
    return frames


def _quantized(frame: Samples, colours: int) -> Image.Image:
    image = _image(frame, None)
    if image.mode == "L" and colours == 256:
        return image
    return image.convert("RGB").quantize(colours, Image.Quantize.MEDIANCUT)
