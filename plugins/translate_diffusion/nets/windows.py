"""Fill holes window by window, coarse to fine, so that a hole costs what the hole costs.

Windows lie on a grid of cores of 64 pixels, only where there is a hole; each reads 128 pixels and
fades into its neighbours over 32. Where a hole is thicker than what a window can look across, the
picture is halved first, and what is painted there is the first guess for the finer level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from translate import Batch
from translate.images.tiles import Box, pad_to

CORE, READ, FADE = 64, 128, 32
THICK = 40
"""Diameter in pixels of the largest disc-like part of a hole that is painted at one level."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Window:
    """A piece to paint: what is read, and how much its pixels count in the result."""

    read: Box
    weight: Tensor
    """(READ, READ); the weights of all windows over a pixel of a hole add up to 1."""

    def noise(self, item: Batch, channels: int) -> Tensor:
        """Return the noise that belongs to the window's place in the picture of `item`."""
        top, left = item.origins[0] if item.origins else (0, 0)
        there = item.replace(origins=((top + self.read.top, left + self.read.left),))
        return there.noise(channels, self.read.height, self.read.width, "fill")


Paint = Callable[[Tensor, Tensor, list[Window], bool], Tensor]
"""(pictures (N, C, READ, READ), holes (N, 1, READ, READ), their windows, whether the holes hold a
coarser painting already) -> pictures with the holes painted."""


def fill(image: Tensor, hole: Tensor, paint: Paint) -> Tensor:
    """Return `image` with its hole painted; the other pixels are the same to the bit.

    Shape:
        image: (1, C, H, W). hole: (1, 1, H, W), boolean.
    """
    if not bool(hole.any()):
        return image
    box = _around(hole[0, 0])
    part, holes = box.cut(image), box.cut(hole)
    padded = pad_to(part, min_size=READ)
    painted = _level(padded, pad_to(holes.float(), min_size=READ) > 0, paint)
    result = image.clone()
    box.cut(result).copy_(torch.where(holes, painted[..., : box.height, : box.width], part))
    return result


def _around(hole: Tensor) -> Box:
    """Return the box of a hole and what is read round it. Shape: (H, W)."""
    rows, columns = hole.any(1).nonzero(), hole.any(0).nonzero()
    height, width = hole.shape
    reach = READ
    return Box(
        max(0, int(rows[0]) - reach),
        max(0, int(columns[0]) - reach),
        min(height, int(rows[-1]) + 1 + reach),
        min(width, int(columns[-1]) + 1 + reach),
    )


def _level(image: Tensor, hole: Tensor, paint: Paint) -> Tensor:
    """Paint one level, after the coarser one where the hole is thick."""
    coarse = is_thick(hole) and max(image.shape[-2:]) > READ
    if coarse:
        small, small_hole = halve(image, hole)
        small = pad_to(small, min_size=READ)
        small_hole = pad_to(small_hole.float(), min_size=READ) > 0
        guess = F.interpolate(_level(small, small_hole, paint), scale_factor=2, mode="bilinear")
        height, width = image.shape[-2:]
        image = torch.where(hole, guess[..., :height, :width], image)
    return _paint_all(image, hole, paint, coarse)


def is_thick(hole: Tensor) -> bool:
    """Say whether a square of side `THICK` fits into the hole, in steps of a quarter of it."""
    if min(hole.shape[-2:]) < THICK:
        return False
    known = F.max_pool2d((~hole).float(), THICK, stride=THICK // 4)
    return bool((known == 0).any())


def halve(image: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
    """Return half the picture and hole; a pixel is known where any of its four was.

    Shape:
        (1, C, H, W), (1, 1, H, W) -> (1, C, ceil(H / 2), ceil(W / 2)) and the hole alike.
    """
    known = (~hole).to(image.dtype)
    share = F.avg_pool2d(known, 2, ceil_mode=True)
    mean = F.avg_pool2d(image * known, 2, ceil_mode=True) / share.clamp_min(1e-6)
    return mean, share == 0


def _paint_all(image: Tensor, hole: Tensor, paint: Paint, coarse: bool) -> Tensor:
    plan = list(windows(hole[0, 0]))
    result = image.masked_fill(hole, 0)
    for start in range(0, len(plan), _AT_ONCE):
        group = plan[start : start + _AT_ONCE]
        pictures = torch.cat([w.read.cut(image) for w in group])
        holes = torch.cat([w.read.cut(hole) for w in group])
        painted = paint(pictures, holes.to(image.dtype), group, coarse)
        for window, piece, inside in zip(group, painted, holes, strict=True):
            window.read.cut(result)[0].add_(piece * window.weight * inside)
    return result


def windows(hole: Tensor) -> Iterator[Window]:
    """Yield the windows that a hole needs, row by row.

    Shape:
        hole: (H, W), boolean, both sides at least READ.
    """
    height, width = hole.shape
    reach = FADE // 2
    cells = F.max_pool2d(
        F.pad(hole[None, None].float(), (reach, reach + CORE, reach, reach + CORE)),
        CORE + 2 * reach,
        stride=CORE,
    )[0, 0]
    last = -(-height // CORE) - 1, -(-width // CORE) - 1
    for row, column in cells[: last[0] + 1, : last[1] + 1].nonzero().tolist():
        top = min(max(0, row * CORE - (READ - CORE) // 2), height - READ)
        left = min(max(0, column * CORE - (READ - CORE) // 2), width - READ)
        down = _fade(row * CORE - top, row == 0, row == last[0])
        across = _fade(column * CORE - left, column == 0, column == last[1])
        weight = (down[:, None] * across[None]).to(hole.device)
        yield Window(Box(top, left, top + READ, left + READ), weight)


def _fade(start: int, first: bool, last: bool) -> Tensor:
    """Return the weights along one side of a window whose core starts at `start` of it."""
    place = torch.arange(READ) + 0.5 - start
    rise = torch.ones(READ) if first else (place / FADE + 0.5).clamp(0, 1)
    fall = torch.ones(READ) if last else ((CORE - place) / FADE + 0.5).clamp(0, 1)
    return rise * fall
