"""16-bit colour through Pillow, which keeps the upper byte of each sample and drops the lower.

Its decoders unpack by a name ("raw mode") that stands in the picture's tiles. Asked for the same
picture in the opposite byte order, they hand out the lower byte instead. So a picture of 16-bit
colour is decoded twice, by the same C code as any other, whatever its compression or interlacing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

_NATIVE, _SWAPPED = ("L", "B") if sys.byteorder == "little" else ("B", "L")


def is_deep(image: Image.Image) -> bool:
    """Return whether an opened picture has 16 bits per sample; asked before it is loaded."""
    if image.mode.startswith("I;16"):
        return True
    return any(";16" in mode for mode in _raw_modes(image)) and image.mode in ("RGB", "RGBA")


def load_deep(image: Image.Image, again: Callable[[], Image.Image]) -> NDArray[np.uint16]:
    """Return all 16 bits of an opened, not yet loaded picture.

    Args:
        image: Of mode RGB or RGBA, as `is_deep` told; is loaded.
        again: Opens the same picture at the same frame once more.

    Shape:
        (H, W, C), C = 2 (gray and alpha), 3 or 4; premultiplied colours are divided by alpha.
    """
    first = _raw_modes(image)[0]
    if first.startswith("LA"):
        # as bytes, gray and alpha of 16 bits look like RGBA of 8
        _set_raw_modes(image, lambda mode: "RGBA")
        return np.array(image).view(">u2").astype(np.uint16)
    premultiplied = first.startswith("RGBa")
    _set_raw_modes(image, _high)
    high = np.array(image)
    with again() as second:
        _set_raw_modes(second, _low)
        low = np.array(second)
    samples = high.astype(np.uint16)
    samples <<= 8
    samples |= low
    return _divided(samples) if premultiplied else samples


def _high(mode: str) -> str:
    return mode.replace("RGBa", "RGBA")


def _low(mode: str) -> str:
    plain = _high(mode)
    swapped = {"B": "L", "L": "B", "N": _SWAPPED}[plain[-1]]
    return plain[:-1] + swapped


def _divided(samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
    alpha = samples[..., 3:].astype(np.float32)
    colour = samples[..., :3] * (65535 / np.maximum(alpha, 1))
    result = samples.copy()
    result[..., :3] = np.rint(np.minimum(colour, 65535))
    return result


def _tiles(image: Image.Image) -> list[Any]:
    return list(getattr(image, "tile", ()))


def _raw_modes(image: Image.Image) -> list[str]:
    modes = [tile.args if isinstance(tile.args, str) else tile.args[0] for tile in _tiles(image)]
    return [mode for mode in modes if isinstance(mode, str)]


def _set_raw_modes(image: Image.Image, change: Callable[[str], str]) -> None:
    def changed(tile: Any) -> Any:
        if isinstance(tile.args, str):
            return tile._replace(args=change(tile.args))
        return tile._replace(args=(change(tile.args[0]), *tile.args[1:]))

    cast("ImageFile.ImageFile", image).tile = [changed(tile) for tile in _tiles(image)]
