"""Distances in the features of MobileNetV2 (Sandler et al. 2018).

No file, no distance: nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.nn.mobilenet import MobileNetV2, as_seen, load_mobilenet

_POOLED_SIZE = 224


class Features:
    """What MobileNetV2 sees in pictures, on one device."""

    def __init__(self, network: MobileNetV2, device: torch.device | str = "cpu") -> None:
        self.network = network.to(device)
        self.device = device

    def maps(self, picture: Tensor) -> list[Tensor]:
        """Return the outputs of blocks 3, 6, 13 and 17, of 24, 32, 96 and 320 channels."""
        return self._run(picture)[0]

    def pooled(self, picture: Tensor) -> Tensor:
        """Return what the classifier sees of the picture at 224 px. Shape: (B, 1280)."""
        size = (_POOLED_SIZE, _POOLED_SIZE)
        resized = F.interpolate(picture, size, mode="bicubic", antialias=True).clamp(0, 1)
        return self._run(resized)[1].mean((2, 3))

    def _run(self, picture: Tensor) -> tuple[list[Tensor], Tensor]:
        # In float32 whatever precision is trained in: figures of two runs are to be comparable.
        with torch.autocast(torch.device(self.device).type, enabled=False):
            found: tuple[list[Tensor], Tensor] = self.network(as_seen(picture, self.network))
        return found


def load_features(path: Path, device: torch.device | str = "cpu") -> Features:
    """Read MobileNetV2 from a file.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """
    return Features(load_mobilenet(path), device)


def feature_distance(features: Features, result: Tensor, truth: Tensor) -> Tensor:
    """Return how differently the network sees two pictures; 0 = the same.

    The squared distance of unit-length feature vectors, averaged over places and summed over
    layers (Zhang et al. 2018, eq. 1, with all weights 1).
    """
    total = torch.zeros(len(result), device=features.device)
    for a, b in zip(features.maps(result), features.maps(truth), strict=True):
        gap = F.normalize(a, dim=1, eps=1e-10) - F.normalize(b, dim=1, eps=1e-10)
        total = total + gap.square().sum(1).mean((1, 2))
    return total
