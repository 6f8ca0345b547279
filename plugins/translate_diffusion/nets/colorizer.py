"""The colouriser: what its network sees, and what its estimate means."""

from __future__ import annotations

from torch import Tensor

from translate.nn.diffusion.unet import UNetConfig
from translate_diffusion.configs import ColorizerConfig


def unet_config(config: ColorizerConfig) -> UNetConfig:
    """Return the settings of the colouriser's U-Net: two channels of chroma, one of lightness."""
    return UNetConfig(channels=2, conditions=1, patch=config.patch, widths=config.widths)


def condition(light: Tensor) -> Tensor:
    """Return lightness in [0, 100] as the network sees it."""
    return light / 50 - 1
