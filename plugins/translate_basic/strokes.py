"""Thin lines by morphology: what an opening removes, and what it leaves."""

from __future__ import annotations

from functools import reduce
from math import cos, pi, sin
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

_DIRECTIONS = 16


def dilated(image: Tensor, radius: int) -> Tensor:
    """Return the maximum of the square of side 2 `radius` + 1 around each pixel."""
    import torch.nn.functional as F

    return F.max_pool2d(image, 2 * radius + 1, stride=1, padding=radius)


def eroded(image: Tensor, radius: int) -> Tensor:
    """Return the minimum of the square of side 2 `radius` + 1 around each pixel."""
    return -dilated(-image, radius)


def thin_structures(gray: Tensor, radius: int, kind: Literal["light", "dark", "both"]) -> Tensor:
    """Return how much each pixel of (B, 1, H, W) stands out from what is wider than it.

    The white top-hat finds what is lighter, the black one what is darker: a square of side
    2 `radius` + 1 fits into everything that is too wide.
    """
    if kind == "light":
        return gray - dilated(eroded(gray, radius), radius)
    if kind == "dark":
        return eroded(dilated(gray, radius), radius) - gray
    return thin_structures(gray, radius, "light").maximum(thin_structures(gray, radius, "dark"))


def opened_along_lines(mask: Tensor, length: int) -> Tensor:
    """Return what of `mask` lies on a straight line of `length` pixels in some direction."""
    half = length // 2
    found = mask.new_zeros(mask.shape)
    for i in range(_DIRECTIONS):
        dx, dy = cos(i * pi / _DIRECTIONS), sin(i * pi / _DIRECTIONS)
        longest = max(abs(dx), abs(dy))
        steps = [(round(k * dy / longest), round(k * dx / longest)) for k in range(-half, half + 1)]
        kept = 1 - _most(1 - mask, steps, half)
        found = found.maximum(_most(kept, [(-y, -x) for y, x in steps], half))
    return found


def _most(image: Tensor, steps: list[tuple[int, int]], reach: int) -> Tensor:
    """Return the maximum over the pixels that lie `steps` (down, right) away; 0 outside."""
    import torch
    import torch.nn.functional as F

    height, width = image.shape[-2:]
    framed = F.pad(image, (reach, reach, reach, reach))
    shifted = (
        framed[..., reach + y : reach + y + height, reach + x : reach + x + width] for y, x in steps
    )
    return reduce(torch.maximum, shifted)
