"""The sample sheet: inputs, results and targets side by side, one picture per row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.images import Picture, encode, to_array, write_atomic

_GAP = 4
_WIDEST = 2000


def write_sheet(path: Path, columns: Sequence[Tensor]) -> None:
    """Write columns of pictures (N, C, H, W) as a PNG; several rows share a line if they fit."""
    picture = Picture((to_array(sheet(columns)),), None, "PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, encode(picture, "PNG"))


def sheet(columns: Sequence[Tensor]) -> Tensor:
    """Return the sheet as one picture (3, H, W) in [0, 1], white between the pictures."""
    shown = [_colour(column) for column in columns]
    height = max(column.shape[-2] for column in shown)
    width = max(column.shape[-1] for column in shown)
    shown = [_to_size(column, height, width) for column in shown]
    rows = [torch.cat([_framed(column[i]) for column in shown], -1) for i in range(len(shown[0]))]
    across = max(1, min(len(rows), _WIDEST // rows[0].shape[-1]))
    blank = torch.ones_like(rows[0])
    rows += [blank] * (-len(rows) % across)
    lines = [torch.cat(rows[i : i + across], -1) for i in range(0, len(rows), across)]
    return torch.cat(lines, -2)


def _colour(pictures: Tensor) -> Tensor:
    """Return three channels: of gray ones copies, of more the first three."""
    pictures = pictures.detach().float().cpu().clamp(0, 1)
    return pictures[:, :3] if pictures.shape[1] >= 3 else pictures[:, :1].expand(-1, 3, -1, -1)


def _to_size(pictures: Tensor, height: int, width: int) -> Tensor:
    if pictures.shape[-2:] == (height, width):
        return pictures
    return F.interpolate(pictures, (height, width), mode="nearest")


def _framed(picture: Tensor) -> Tensor:
    return F.pad(picture, (_GAP, _GAP, _GAP, _GAP), value=1.0)
