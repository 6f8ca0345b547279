"""Pictures as lightness and colour, for colourisation (Zhang et al. 2016, section 2)."""

from __future__ import annotations

import torch
from kornia.color import lab_to_rgb, rgb_to_lab
from torch import Tensor

_MIDDLE = 50.0
_REACH = 110.0
"""What L (0 to 100, less 50) and a, b (about -110 to 110) are divided by."""


def split_lab(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return lightness and colour in about [-1, 1].

    Shape:
        (B, 3 or 1, H, W) in [0, 1] -> (B, 1, H, W), (B, 2, H, W).
    """
    # Autocast would round kornia's product of matrices.
    with torch.autocast(image.device.type, enabled=False):
        lab = rgb_to_lab(image.float().expand(-1, 3, -1, -1))
    return lab[:, :1] / _MIDDLE - 1, lab[:, 1:] / _REACH


def join_lab(lightness: Tensor, colour: Tensor) -> Tensor:
    """Return the picture of what `split_lab` gave. Shape: (B, 3, H, W) in [0, 1]."""
    lab = torch.cat([(lightness.float() + 1) * _MIDDLE, colour.float() * _REACH], 1)
    with torch.autocast(lab.device.type, enabled=False):
        image: Tensor = lab_to_rgb(lab, clip=True)
    return image
