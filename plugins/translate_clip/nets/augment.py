"""Adaptive discriminator augmentation (Karras et al. 2020a): for GANs on few pictures."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_SPEED = 500_000
"""Images over which the probability can rise from 0 to 1."""


class AdaptiveAugment:
    """Augments what a discriminator sees, the more the surer it is of real pictures.

    Draws come from torch's default generator; the probability is part of a run's state.
    """

    def __init__(self, target: float, start: float = 0.0) -> None:
        self.target, self.probability = target, start

    def __call__(self, picture: Tensor) -> Tensor:
        """Return augmented pictures. Shape: (B, 3, H, W) in [-1, 1] -> the same."""
        if self.probability <= 0:
            return picture
        return self._recoloured(self._moved(picture))

    def adapt(self, logits_of_real: Tensor) -> None:
        """Raise or lower the probability after the judge has seen real pictures."""
        if self.target:
            sure = float(logits_of_real.detach().sign().mean())
            step = len(logits_of_real) / _SPEED * math.copysign(1, sure - self.target)
            self.probability = min(max(self.probability + step, 0.0), 1.0)

    def state_dict(self) -> dict[str, Any]:
        """Return the probability."""
        return {"probability": self.probability}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a probability."""
        self.probability = float(state["probability"])

    def _maybe(self, values: Tensor, otherwise: float = 0.0) -> Tensor:
        """Return each picture's value with the probability, else what changes nothing."""
        chosen = torch.rand_like(values) < self.probability
        return torch.where(chosen, values, otherwise)

    def _moved(self, picture: Tensor) -> Tensor:
        """Return pictures turned, scaled, stretched and shifted, in one resampling."""
        like = picture.new_zeros(len(picture))
        quarter = self._maybe(torch.randint_like(like, 4)) * (math.pi / 2)
        angle = quarter + self._maybe((torch.rand_like(like) * 2 - 1) * math.pi)
        scale = torch.exp2(self._maybe(torch.randn_like(like) * 0.2))
        stretch = torch.exp2(self._maybe(torch.randn_like(like) * 0.2))
        shift = [self._maybe((torch.rand_like(like) * 2 - 1) * 0.25) for _ in range(2)]
        cos, sin = angle.cos() * scale, angle.sin() * scale
        rows = [cos * stretch, -sin, shift[0], sin * stretch, cos, shift[1]]
        grid = F.affine_grid(
            torch.stack(rows, 1).view(-1, 2, 3), list(picture.shape), align_corners=False
        )
        return F.grid_sample(picture, grid, "bilinear", "reflection", align_corners=False)

    def _recoloured(self, picture: Tensor) -> Tensor:
        """Return pictures of another brightness, contrast and saturation."""
        like = picture.new_zeros(len(picture), 1, 1, 1)
        picture = picture + self._maybe(torch.randn_like(like) * 0.2)
        picture = picture * torch.exp2(self._maybe(torch.randn_like(like) * 0.5))
        gray = picture.mean(1, keepdim=True)
        return torch.lerp(gray, picture, torch.exp2(self._maybe(torch.randn_like(like))))
