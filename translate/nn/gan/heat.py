"""Errors as colours."""

from __future__ import annotations

import torch
from torch import Tensor

_FULL = 0.25
"""Error that is white: on one scale for all pictures, so that they can be compared."""


def heat(error: Tensor) -> Tensor:
    """Return black for no error, over red and yellow, to white for 0.25 and more.

    Shape:
        (B, 1, H, W), from 0 up -> (B, 3, H, W) in [0, 1].
    """
    level = (error / _FULL).clamp(0, 1) * 3
    return torch.cat([(level - start).clamp(0, 1) for start in range(3)], 1)
