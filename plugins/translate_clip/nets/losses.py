"""What a guided picture is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Distance = Literal["spherical", "cosine"]


@dataclass(frozen=True, slots=True)
class Aims:
    """What each picture should come near to, in CLIP's space.

    Shape:
        directions: (B, P, D), unit vectors; weights: (B, P), 0 where a picture has fewer aims.
    """

    directions: Tensor
    weights: Tensor

    def score(self, vectors: Tensor) -> Tensor:
        """Return the weighted mean cosine. Shape: (B, N, D) -> (B, N)."""
        return self._mean(vectors @ self.directions.mT)

    def loss(self, vectors: Tensor, distance: Distance) -> Tensor:
        """Return the weighted mean distance. Shape: (B, N, D) -> (B,).

        "spherical" is 2 asin(|a - b| / 2)^2, half the squared angle; "cosine" is 1 - cos.
        """
        cosine = vectors @ self.directions.mT
        if distance == "cosine":
            return self._mean(1 - cosine).mean(1)
        # asin of half the chord has an infinite slope at 1: opposite vectors.
        half_chord = ((1 - cosine) / 2).clamp(1e-8, 1 - 1e-6).sqrt()
        return self._mean(2 * half_chord.asin().square()).mean(1)

    def _mean(self, values: Tensor) -> Tensor:
        weighted: Tensor = (values * self.weights[:, None]).sum(-1)
        return weighted / self.weights.abs().sum(-1, keepdim=True)


def total_variation(picture: Tensor) -> Tensor:
    """Return the mean squared difference of neighbours. Shape: (B, C, H, W) -> (B,)."""
    down = (picture[..., 1:, :] - picture[..., :-1, :]).square().mean((1, 2, 3))
    across = (picture[..., 1:] - picture[..., :-1]).square().mean((1, 2, 3))
    return torch.add(down, across)


def out_of_range(picture: Tensor) -> Tensor:
    """Return the mean squared excess over [0, 1]. Shape: (B, C, H, W) -> (B,)."""
    return (picture - picture.clamp(0, 1)).square().mean((1, 2, 3))
