"""How far a picture is from the one that it should be."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.measure.features import Features, feature_distance


def distance(
    made: Tensor, picture: Tensor, features: Features | None, weight: float = 0.1
) -> Tensor:
    """Return L1, and `weight` times the distance in `features` where there are any.

    That distance is about ten times LPIPS: at a tenth both count alike, as in VQGAN.

    Shape: (B, 3, H, W) twice, in [-1, 1] -> ().
    """
    gap = F.l1_loss(made, picture)
    if features is None:
        return gap
    seen = feature_distance(features, (made + 1) / 2, (picture + 1) / 2).mean()
    return torch.add(gap, seen, alpha=weight)
