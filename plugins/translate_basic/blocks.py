"""What JPEG does to a picture's 8 x 8 blocks (ITU-T T.81), without writing a file."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# T.81 Annex K, tables K.1 and K.2: quantisation steps of luma and chroma at quality 50.
LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99, 99, 99, 99, 99, 99, 99, 99),) * 4,
)
MCU = 16
"""Side of the blocks that are coded together when chroma is halved."""


def compress(image: Tensor, quality: int, half: bool, origin: tuple[int, int]) -> Tensor:
    """Return `image` (B, 1 or 3, H, W) as it comes back from a JPEG file.

    Args:
        image: values in [0, 1]; they are rounded to 8 bits first, as an encoder's input is.
        quality: 1 to 100, with libjpeg's scaling of the tables.
        half: whether chroma has half the resolution (4:2:0).
        origin: top and left of `image` in the whole picture, to which the blocks are aligned.
    """
    import torch.nn.functional as F

    height, width = image.shape[-2:]
    top, left = origin[0] % MCU, origin[1] % MCU
    bottom, right = -(top + height) % MCU, -(left + width) % MCU
    eight_bit = (image * 255).round()
    framed = F.pad(eight_bit, (left, right, top, bottom), mode="replicate")
    if image.shape[1] == 1:
        coded = quantize(framed - 128, LUMA, quality) + 128
    else:
        coded = _compress_color(framed, quality, half)
    return (coded / 255)[..., top : top + height, left : left + width]


def _compress_color(rgb: Tensor, quality: int, half: bool) -> Tensor:
    """Code luma and chroma of (B, 3, H, W) in [0, 255]; colours as in JFIF 1.02.

    Planes are rounded to whole numbers before they are coded, as an encoder's are.
    """
    import torch
    import torch.nn.functional as F

    red, green, blue = rgb.chunk(3, dim=1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = torch.cat([(blue - luma) / 1.772, (red - luma) / 1.402], dim=1).round()
    luma = quantize(luma.round() - 128, LUMA, quality) + 128
    if half:
        chroma = F.avg_pool2d(chroma, 2).round()
    chroma = quantize(chroma, CHROMA, quality)
    if half:
        chroma = F.interpolate(chroma, scale_factor=2.0, mode="nearest")
    cb, cr = chroma.chunk(2, dim=1)
    blue, red = luma + 1.772 * cb, luma + 1.402 * cr
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    return torch.cat([red, green, blue], dim=1)


def quantize(plane: Tensor, table: tuple[tuple[int, ...], ...], quality: int) -> Tensor:
    """Round the cosine coefficients of each 8 x 8 block of (B, C, H, W) to the table's steps."""
    import torch

    batch, channels, height, width = plane.shape
    blocks = plane.reshape(batch, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    dct = torch.tensor(_cosines(), dtype=plane.dtype, device=plane.device)
    steps = torch.tensor(scaled(table, quality), dtype=plane.dtype, device=plane.device)
    coefficients = dct @ blocks @ dct.T
    restored = dct.T @ ((coefficients / steps).round() * steps) @ dct
    return restored.transpose(3, 4).reshape(plane.shape)


def scaled(table: tuple[tuple[int, ...], ...], quality: int) -> list[list[int]]:
    """Return the steps at `quality` 1 to 100, as libjpeg scales them."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return [[min(255, max(1, (step * percent + 50) // 100)) for step in row] for row in table]


@cache
def _cosines() -> tuple[tuple[float, ...], ...]:
    """The orthonormal 8-point DCT-II, one frequency per row (T.81 A.3.3)."""
    return tuple(
        tuple(sqrt((1 if u == 0 else 2) / 8) * cos((2 * x + 1) * u * pi / 16) for x in range(8))
        for u in range(8)
    )
