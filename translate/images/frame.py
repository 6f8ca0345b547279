"""One frame of an opened file as arrays: colour in sRGB or gray, and alpha."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from translate.images.color import conversion, to_srgb, to_srgb_deep
from translate.images.deep import is_deep, load_deep
from translate.images.jpeg import read_jpeg
from translate.images.metadata import read_orientation, upright
from translate.images.picture import Samples

Depth = TypeVar("Depth", np.uint8, np.uint16)

_AT_ONCE = 1 << 24
_BAND = 1 << 20
_FULL = {"1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "PA": "RGBA", "YCbCr": "RGB"}
_PLAIN = ("L", "RGB", "CMYK", "LAB")


@dataclass(frozen=True, slots=True)
class Frame:
    """Colour (H, W, C), alpha (H, W) if any, and the profile that the colour agrees with."""

    colour: Samples
    alpha: Samples | None
    icc: bytes | None


def load_frame(
    image: Image.Image,
    icc: bytes | None,
    again: Callable[[], Image.Image],
    data: bytes | None = None,
) -> Frame:
    """Decode the frame that `image` stands at.

    Args:
        image: Opened, not yet loaded.
        icc: The file's profile.
        again: Opens the same frame once more: 16-bit colour is decoded in two passes.
        data: The whole file, where it has been read: a plain JPEG is then decoded into place.

    Raises:
        ValueError: The samples have no agreed range (32-bit integers or floats).
    """
    if is_deep(image):
        return _deep_frame(image, icc, again)
    plain_jpeg = _jpeg_frame(image, icc, data) if data and image.format == "JPEG" else None
    if plain_jpeg is not None:
        return plain_jpeg
    image.load()
    if image.mode in ("I", "F"):
        raise ValueError("32-bit samples have no agreed range")
    plain, alpha = _split(upright(image, read_orientation(image)))
    converted, kept = to_srgb(plain, icc)
    colour = as_array(converted)
    return Frame(colour, None if alpha is None else as_array(alpha)[..., 0], kept)


def _jpeg_frame(image: Image.Image, icc: bytes | None, data: bytes) -> Frame | None:
    """Return a JPEG's frame, or None where it is damaged, or its colours must be converted."""
    plan = conversion(icc, image.mode) if icc else None
    if plan is not None and plan.transform is not None:
        return None
    samples = read_jpeg(data, image.mode)
    if samples is None or samples.shape[1::-1] != image.size:
        return None
    return Frame(_turned(samples, read_orientation(image)), None, icc if plan else None)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the colour in a mode that `to_srgb` takes, and the alpha."""
    mode = _FULL.get(image.mode, image.mode)
    if image.mode == "P":
        mode = "RGBA" if image.has_transparency_data else "RGB"
    elif "transparency" in image.info:
        mode = {"1": "LA", "L": "LA", "RGB": "RGBA"}.get(image.mode, mode)
    if image.mode == "1" and mode == "LA":
        image = image.convert("L")
    full = image if image.mode == mode else image.convert(mode)
    if mode in ("LA", "RGBA"):
        return full.convert(mode[:-1]), full.getchannel("A")
    return (full if mode in _PLAIN else full.convert("RGB")), None


def as_array(image: Image.Image) -> NDArray[np.uint8]:
    """Return the samples (H, W, C) of an 8-bit picture.

    Large pictures are copied in bands, since Pillow's own way holds the picture three times over.
    A band costs turns at the interpreter's lock, so others are copied at once.
    """
    width, height = image.size
    channels = len(image.getbands())
    result = np.empty((height, width, channels), np.uint8)
    whole = height * width * channels <= _AT_ONCE
    rows = height if whole else max(1, _BAND // (width * channels))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = image if rows >= height else image.crop((0, top, width, bottom))
        result[top:bottom] = np.asarray(band).reshape(-1, width, channels)
    return result


def _deep_frame(image: Image.Image, icc: bytes | None, again: Callable[[], Image.Image]) -> Frame:
    if image.mode.startswith("I;16"):
        image.load()
        samples = np.array(image).astype(np.uint16)[..., None]
    else:
        samples = load_deep(image, again)
    lying = _turned(samples, read_orientation(image))
    channels = lying.shape[2]
    alpha: NDArray[np.uint16] | None = None
    if channels in (2, 4):
        alpha = np.ascontiguousarray(lying[..., -1])
        lying = np.ascontiguousarray(lying[..., :-1])
    elif "transparency" in image.info:
        key = np.atleast_1d(np.array(image.info["transparency"], np.uint16))
        alpha = np.where((lying == key).all(-1), 0, 65535).astype(np.uint16)
    colour, kept = to_srgb_deep(lying, icc)
    return Frame(colour, alpha, kept)


def _turned(samples: NDArray[Depth], orientation: int) -> NDArray[Depth]:
    """Return the samples upright, as `upright` does with a Pillow picture."""
    if orientation >= 5:
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)
