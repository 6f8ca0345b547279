"""From pictures to the noise that should become them, while a generator is trained."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.measure.features import Features
from translate.nn.mobilenet import SHOWN_CHANNELS

_SEEN = ((2, 4), (3, 2))
"""Maps that are read, and how many places a side: parts of things, and the whole."""


class Reader(nn.Module):
    """A linear reading of a frozen MobileNetV2's coarse maps.

    Each number is brought to mean 0 and deviation 1 over the batch, as noise has them: what is
    drawn from noise later comes from where pictures are.

    Shape:
        picture (B, 3, H, W) in [-1, 1] -> (B, z_dim).
    """

    def __init__(self, features: Features, z_dim: int) -> None:
        super().__init__()
        self.seen = features.maps
        read = sum(SHOWN_CHANNELS[index] * side**2 for index, side in _SEEN)
        self.project = nn.Linear(read, z_dim)
        self.balance = nn.BatchNorm1d(z_dim, affine=False)

    def forward(self, picture: Tensor) -> Tensor:
        """Return the noise."""
        with torch.no_grad():
            maps = self.seen((picture.float() + 1) / 2)
        parts = [F.adaptive_avg_pool2d(maps[index], side).flatten(1) for index, side in _SEEN]
        noise: Tensor = self.balance(self.project(torch.cat(parts, 1)).float())
        return noise
