"""Finding thin lines by morphology: what an opening removes, and what it leaves."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor


def thin_structures(gray: Tensor, radius: int, kind: Literal["light", "dark", "both"]) -> Tensor:
    """Return how much each pixel of (B, 1, H, W) stands out from structures wider than it.

    The white top-hat finds what is lighter, the black one what is darker; a square of side
    2 `radius` + 1 fits into everything that is too wide.
    """
    import torch
    from kornia.morphology import bottom_hat, top_hat

    square = torch.ones(2 * radius + 1, 2 * radius + 1, device=gray.device)
    light: Tensor = gray if kind == "dark" else top_hat(gray, square)
    dark: Tensor = gray if kind == "light" else bottom_hat(gray, square)
    return {"light": light, "dark": dark, "both": light.maximum(dark)}[kind]


def opened_along_lines(mask: Tensor, length: int) -> Tensor:
    """Return what of `mask` belongs to a straight line of `length` pixels in some direction."""
    import torch
    from kornia.morphology import opening

    found = torch.zeros_like(mask)
    for kernel in _lines(length):
        line = torch.tensor(kernel, dtype=mask.dtype, device=mask.device)
        found = found.maximum(opening(mask, line))
    return found


def _lines(length: int, directions: int = 16) -> list[list[list[float]]]:
    """Return lines of `length` pixels through the middle of a square, as 0 and 1."""
    half = length // 2
    kernels = []
    for i in range(directions):
        dx, dy = cos(i * pi / directions), sin(i * pi / directions)
        longest = max(abs(dx), abs(dy))
        kernel = [[0.0] * (2 * half + 1) for _ in range(2 * half + 1)]
        for step in range(-half, half + 1):
            kernel[half + round(step * dy / longest)][half + round(step * dx / longest)] = 1.0
        kernels.append(kernel)
    return kernels
