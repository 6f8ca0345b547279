"""The filler: a smooth first guess, and what its network adds inside the hole."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.nn.diffusion.unet import UNetConfig
from translate_diffusion.configs import FillerConfig


def unet_config(config: FillerConfig) -> UNetConfig:
    """Return the settings of the filler's U-Net: it sees the first guess and the mask."""
    return UNetConfig(channels=3, conditions=4, patch=config.patch, widths=config.widths)


def condition(guess: Tensor, mask: Tensor) -> Tensor:
    """Return what the network sees beside its noisy picture. Shape: (B, 3 + 1, H, W)."""
    return torch.cat([guess * 2 - 1, mask], 1)


def smooth_fill(image: Tensor, mask: Tensor, rounds: int = 4) -> Tensor:
    """Return `image` with its hole filled smoothly from the rim, coarse to fine.

    A pyramid of the known pixels is averaged upwards ("pull") and filled downwards ("push",
    Gortler et al. 1996, section 4.3); at each level some Jacobi steps of Laplace's equation take
    the blocks out.

    Shape:
        image: (B, C, H, W). mask: (B, 1, H, W), 1 = hole. Where all is hole, the result is 0.5.
    """
    known = 1 - mask
    if not bool((mask > 0).any()):
        return image
    if max(image.shape[-2:]) == 1:
        return image * known + 0.5 * mask
    share = F.avg_pool2d(known, 2, ceil_mode=True)
    mean = F.avg_pool2d(image * known, 2, ceil_mode=True) / share.clamp_min(1e-6)
    coarse = smooth_fill(mean, (share <= 0).to(image.dtype), rounds)
    filled = F.interpolate(coarse, image.shape[-2:], mode="bilinear")
    filled = torch.where(mask > 0, filled, image)
    for _ in range(rounds):
        around = F.avg_pool2d(F.pad(filled, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        filled = torch.where(mask > 0, around, image)
    return filled
