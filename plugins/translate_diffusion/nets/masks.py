"""Random holes to train on: boxes, strokes and borders."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor

Kind = Literal["boxes", "strokes", "borders"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def random_masks(
    count: int, height: int, width: int, kinds: tuple[Kind, ...], generator: torch.Generator
) -> Tensor:
    """Return `count` masks, each of a kind drawn from `kinds`, 1 = hole, about 8 to 35 % of it.

    Shape:
        (count, 1, height, width), float32.
    """
    draw = {"boxes": _boxes, "strokes": _strokes, "borders": _border}
    picks = torch.randint(len(kinds), (count,), generator=generator).tolist()
    return torch.stack([draw[kinds[i]](height, width, generator) for i in picks])[:, None]


def _uniform(
    generator: torch.Generator, *shape: int, low: float = 0.0, high: float = 1.0
) -> Tensor:
    return torch.rand(shape, generator=generator) * (high - low) + low


def _boxes(height: int, width: int, generator: torch.Generator) -> Tensor:
    mask = torch.zeros(height, width)
    for _ in range(int(torch.randint(1, 5, (), generator=generator))):
        sides = _uniform(generator, 2, low=0.1, high=0.4)
        tall, wide = max(1, int(sides[0] * height)), max(1, int(sides[1] * width))
        top, left = (
            int(v * (side - cut + 1))
            for v, side, cut in zip(
                _uniform(generator, 2).tolist(), (height, width), (tall, wide), strict=True
            )
        )
        mask[top : top + tall, left : left + wide] = 1
        if mask.mean() > 0.25:
            break
    return mask


def _strokes(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Draw polylines with round ends, as a brush would."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    pixels = torch.stack([y, x], -1).float()
    mask = torch.zeros(height, width)
    side = min(height, width)
    while mask.mean() < 0.08:
        points = _uniform(generator, 5, 2) * torch.tensor([height, width])
        radius = float(_uniform(generator, 1, low=0.01, high=0.08)) * side + 0.5
        for start, end in pairwise(points):
            along = end - start
            t = ((pixels - start) @ along / along.dot(along).clamp_min(1e-6)).clamp(0, 1)
            distance = (pixels - start - t[..., None] * along).norm(dim=-1)
            mask[distance <= radius] = 1
            if mask.mean() > 0.25:
                return mask
    return mask


def _border(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Hide one or two sides."""
    mask = torch.zeros(height, width)
    for _ in range(int(torch.randint(1, 3, (), generator=generator))):
        share = float(_uniform(generator, 1, low=0.08, high=0.3))
        rows, columns = max(1, int(share * height)), max(1, int(share * width))
        match int(torch.randint(4, (), generator=generator)):
            case 0:
                mask[:rows] = 1
            case 1:
                mask[-rows:] = 1
            case 2:
                mask[:, :columns] = 1
            case _:
                mask[:, -columns:] = 1
    return mask
