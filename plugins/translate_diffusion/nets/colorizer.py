"""The colouriser: what its network sees, and what its estimate means."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from translate import Batch
from translate.nn.diffusion.process import denoiser, mean_estimate
from translate.nn.diffusion.samplers import dpmpp_2m
from translate.nn.diffusion.schedules import karras_sigmas
from translate.nn.diffusion.unet import UNet, UNetConfig
from translate_diffusion.configs import ColorizerConfig
from translate_diffusion.nets import color


def unet_config(config: ColorizerConfig) -> UNetConfig:
    """Return the settings of the colouriser's U-Net: two channels of chroma, one of lightness."""
    return UNetConfig(channels=2, conditions=1, patch=config.patch, widths=config.widths)


def condition(light: Tensor) -> Tensor:
    """Return lightness in [0, 100] as the network sees it."""
    return light / 50 - 1


@dataclass(frozen=True, slots=True)
class Settings:
    """How chroma is chosen."""

    size: int
    """Shorter side, in pixels, that the network works at."""
    variety: float
    """Noise that is added to the median colouring before it is sampled; 0 = the median."""
    steps: int
    samples: int
    multiple_of: int


def choose(
    net: UNet, config: ColorizerConfig, settings: Settings, batch: Batch, light: Tensor
) -> Tensor:
    """Return the chroma that the network chooses, at the working size.

    The median comes from two blind evaluations, one of the mirrored picture. With `variety`, noise
    of that size is added and taken away again (as Chung et al. 2022, "Come-closer-diffuse-faster"),
    once per sample.

    Shape:
        light: (B, 1, H, W) in [0, 100]. Returns (B, 2, h, w) in Lab units.
    """
    seen = condition(_shrink(light, settings.size, settings.multiple_of))
    middle = _median(net, seen)
    if settings.variety == 0:
        return middle * config.chroma_scale
    sigmas = karras_sigmas(settings.steps, 0.02, settings.variety)
    drawn = torch.stack(
        [
            dpmpp_2m(denoiser(net, seen), middle + noise * settings.variety, sigmas)
            for noise in (
                batch.noise(2, seen.shape[-2], seen.shape[-1], salt=("colorize", index))
                for index in range(settings.samples)
            )
        ]
    )
    return _medoid(drawn) * config.chroma_scale


def _median(net: UNet, seen: Tensor) -> Tensor:
    """Return the blind estimate, averaged with that of the mirrored picture."""
    like = seen.expand(-1, 2, -1, -1)
    mirrored = mean_estimate(net, like, seen.flip(-1)).flip(-1)
    return (mean_estimate(net, like, seen) + mirrored) / 2


def _medoid(drawn: Tensor) -> Tensor:
    """Return, per picture, the sample that is nearest to all others. Shape: (S, B, ...)."""
    flat = drawn.flatten(2).transpose(0, 1)
    nearest = torch.cdist(flat, flat).sum(-1).argmin(1)
    return drawn[nearest, torch.arange(drawn.shape[1], device=drawn.device)]


def _shrink(light: Tensor, size: int, multiple_of: int) -> Tensor:
    height, width = light.shape[-2:]
    scale = size / min(height, width)
    to = [max(1, round(side * scale / multiple_of)) * multiple_of for side in (height, width)]
    return F.interpolate(light, to, mode="bilinear", antialias=True)


def spread(ab: Tensor, light: Tensor) -> Tensor:
    """Return chroma at the size of `light`."""
    return F.interpolate(ab, light.shape[-2:], mode="bilinear", antialias=True)


def borrow(ab: Tensor, reference: Tensor) -> Tensor:
    """Return chroma with the means and spreads of a reference's (Reinhard et al. 2001, section 3).

    Shape:
        ab: (B, 2, h, w). reference: (B, 3 or 1, h', w') in [0, 1].
    """
    lender = color.chroma(reference.expand(-1, 3, -1, -1))
    dims = (-2, -1)
    mean, spread_ = ab.mean(dims, keepdim=True), ab.std(dims, keepdim=True, correction=0)
    wanted = lender.mean(dims, keepdim=True), lender.std(dims, keepdim=True, correction=0)
    return (ab - mean) / spread_.clamp_min(1e-3) * wanted[1] + wanted[0]
