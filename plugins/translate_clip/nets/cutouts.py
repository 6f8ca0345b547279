"""Random cutouts of a picture, augmented, for CLIP to judge: all of them in one resampling.

A cutout is four corners in the picture: a square that is shifted, turned, sheared, bent and
perhaps mirrored. kornia solves for the homographies; one `grid_sample` reads every cutout of every
picture, so that no picture is copied and no cutout is resampled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from kornia.geometry import get_perspective_transform, transform_points
from torch import Tensor

Augmentation = Literal["affine", "perspective", "flip", "jitter", "erase", "noise"]
_DRAWS = 24
"""Uniform numbers for each cutout, drawn whether they are used or not: switching one augmentation
on leaves the others as they were."""
_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


@dataclass(frozen=True, slots=True)
class CutoutSettings:
    """How many cutouts, how large they are, and what is done to them."""

    count: int = 16
    size: int = 224
    """Side of a cutout in pixels: what CLIP's image tower takes."""
    smallest: float = 0.4
    """Shortest side of a cutout, as a share of the picture's shorter side."""
    augment: frozenset[Augmentation] = frozenset({"affine", "perspective", "flip", "jitter"})


def draw(settings: CutoutSettings, generators: Sequence[torch.Generator]) -> Tensor:
    """Return what decides the cutouts of each picture, from its own generator alone.

    Shape: (B, count, draws) in [0, 1), on the CPU.
    """
    return torch.stack(
        [torch.rand(settings.count, _DRAWS, generator=generator) for generator in generators]
    )


def cutouts(picture: Tensor, settings: CutoutSettings, draws: Tensor) -> Tensor:
    """Return the cutouts that `draws` decide.

    Shape:
        picture: (B, 3, H, W) in [0, 1]; draws: (B, count, draws).
        result: (B * count, 3, size, size), about [0, 1].
    """
    picture = _coarser(picture, settings.size)
    u = draws.to(picture.device).flatten(0, 1)
    corners = _corners(u, settings, *picture.shape[-2:])
    cut = _read(picture, corners, settings)
    if "jitter" in settings.augment:
        cut = _jitter(cut, u[:, 16:18])
    if "erase" in settings.augment:
        cut = _erase(cut, u[:, 18:22])
    if "noise" in settings.augment:
        cut = cut + _noise(cut, u[:, 22:24])
    return cut


def _coarser(picture: Tensor, size: int) -> Tensor:
    """Return the picture averaged over n x n pixels, so that cutouts do not alias."""
    times = min(picture.shape[-2:]) // size
    return F.avg_pool2d(picture, times) if times > 1 else picture


def _corners(u: Tensor, settings: CutoutSettings, height: int, width: int) -> Tensor:
    """Return the corners of each cutout in grid_sample's coordinates. Shape: (N, 4, 2)."""
    shorter = min(height, width)
    side = shorter * (settings.smallest + (1 - settings.smallest) * u[:, 0])
    square = u.new_tensor(_CORNERS).expand(len(u), 4, 2)
    if "flip" in settings.augment:
        mirror = 1 - 2 * (u[:, 1] < 0.5).to(u)
        square = square * torch.stack([mirror, torch.ones_like(mirror)], 1)[:, None]
    if "perspective" in settings.augment:
        square = square + 0.35 * (u[:, 2:10].view(-1, 4, 2) - 0.5)
    if "affine" in settings.augment:
        square = square @ _turn(u[:, 10], u[:, 11])
    extent = u.new_tensor([width, height])
    centre = (extent - side[:, None]) * (u[:, 12:14] - 0.5)
    pixels = square * side[:, None, None] / 2 + centre[:, None]
    return pixels * 2 / extent


def _turn(angle: Tensor, shear: Tensor) -> Tensor:
    """Return matrices that turn by up to 15 degrees and shear by up to 0.1. Shape: (N, 2, 2)."""
    radians = (2 * angle - 1) * 0.2618
    slant = (2 * shear - 1) * 0.1
    cos, sin, one = radians.cos(), radians.sin(), torch.ones_like(angle)
    rotate = torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2)
    skew = torch.stack([one, slant, torch.zeros_like(one), one], 1).view(-1, 2, 2)
    return rotate @ skew


def _read(picture: Tensor, corners: Tensor, settings: CutoutSettings) -> Tensor:
    """Return the picture resampled between the corners. Shape: (B * count, 3, size, size)."""
    size, batch = settings.size, len(picture)
    unit = corners.new_tensor(_CORNERS).expand_as(corners)
    homography = get_perspective_transform(unit, corners)
    line = (torch.arange(size, device=corners.device, dtype=corners.dtype) + 0.5) * 2 / size - 1
    rows, columns = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([columns, rows], -1).view(1, -1, 2).expand(len(corners), -1, 2)
    grid = transform_points(homography, points).view(batch, -1, size, 2)
    read = F.grid_sample(picture, grid.to(picture), "bilinear", "reflection", align_corners=False)
    return read.view(batch, 3, -1, size, size).transpose(1, 2).flatten(0, 1)


def _jitter(cut: Tensor, u: Tensor) -> Tensor:
    """Return the cutouts with hue turned by up to 36 degrees, saturation by up to 20 %.

    Colours are turned about the gray axis (Rodrigues' formula), which is one matrix for each
    cutout and smooth everywhere; the way through HSV costs six times as much and has kinks.
    """
    angle, saturation = (2 * u[:, 0] - 1) * 0.6283, 0.8 + 0.4 * u[:, 1]
    gray = u.new_full((3, 3), 1 / 3)
    side = 3**-0.5
    cross = u.new_tensor([[0, -side, side], [side, 0, -side], [-side, side, 0]])
    turn = angle.cos()[:, None, None] * (torch.eye(3).to(u) - gray)
    turn = turn + angle.sin()[:, None, None] * cross
    return torch.einsum("nij,njhw->nihw", (gray + saturation[:, None, None] * turn).to(cut), cut)


def _erase(cut: Tensor, u: Tensor) -> Tensor:
    """Return the cutouts with a box of up to 40 % of the side gray in 70 % of them."""
    size = cut.shape[-1]
    line = torch.arange(size, device=cut.device) / size
    side = 0.1 + 0.3 * u[:, 2, None]
    inside = [(line - (1 - side) * u[:, i, None]) for i in (0, 1)]
    rows, columns = ((place >= 0) & (place < side) for place in inside)
    box = rows[:, :, None] & columns[:, None, :] & (u[:, 3] < 0.7)[:, None, None]
    return cut.masked_fill(box[:, None], 0.5)


def _noise(cut: Tensor, u: Tensor) -> Tensor:
    """Return noise of up to 10 % of the range, from each cutout's own draws."""
    fields = []
    for seed, strength in u.tolist():
        generator = torch.Generator().manual_seed(int(seed * 2**24))
        fields.append(0.1 * strength * torch.randn(cut.shape[1:], generator=generator))
    return torch.stack(fields).to(cut)
