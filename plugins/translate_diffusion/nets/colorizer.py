"""The colouriser: what its network sees, and what its estimate means."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch
from translate.nn.diffusion.process import denoiser, mean_estimate
from translate.nn.diffusion.samplers import dpmpp_2m
from translate.nn.diffusion.schedules import karras_sigmas
from translate.nn.diffusion.unet import UNetConfig, build_unet
from translate.nn.mobilenet import SHOWN_CHANNELS, MobileNetV2, as_seen
from translate_diffusion.configs import ColorizerConfig
from translate_diffusion.nets import color

_LONGEST = 8
"""Longer side, in shorter sides: a picture of one row is not coloured as a strip of kilometres."""


def unet_config(config: ColorizerConfig) -> UNetConfig:
    """Return the settings of the colouriser's U-Net: two channels of chroma, one of lightness."""
    return UNetConfig(
        channels=2,
        conditions=1,
        features=config.guide,
        patch=config.patch,
        widths=config.widths,
    )


def condition(light: Tensor) -> Tensor:
    """Return lightness in [0, 100] as the network sees it."""
    return light / 50 - 1


class Guide(nn.Module):
    """What an image classifier sees in a gray picture: grass, a face, the sky."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.trunk = MobileNetV2(head=False)
        self.laterals = nn.ModuleList(nn.Conv2d(count, channels, 1) for count in SHOWN_CHANNELS)

    def forward(self, light: Tensor, height: int, width: int) -> Tensor:
        """Return features (B, channels, height, width) of lightness (B, 1, H, W) in [0, 100]."""
        maps, _ = self.trunk(as_seen(light / 100, self.trunk))
        told = [lateral(seen) for lateral, seen in zip(self.laterals, maps, strict=True)]
        return torch.stack(
            [F.interpolate(part, (height, width), mode="bilinear") for part in told]
        ).sum(0)


class Colorizer(nn.Module):
    """The U-Net that chooses chroma, and the guide that it may have."""

    def __init__(self, config: ColorizerConfig) -> None:
        super().__init__()
        self.patch = config.patch
        self.unet = build_unet(unet_config(config))
        self.guide = Guide(config.guide) if config.guide else None

    def features(self, light: Tensor) -> Tensor | None:
        """Return what the guide tells of lightness (B, 1, H, W), on the U-Net's grid."""
        height, width = light.shape[-2] // self.patch, light.shape[-1] // self.patch
        return None if self.guide is None else self.guide(light, height, width)

    def median(self, light: Tensor, features: Tensor | None) -> Tensor:
        """Return the blind estimate of chroma (B, 2, H, W), of unit variance."""
        like = light.expand(-1, 2, -1, -1)
        return mean_estimate(self.unet, like, condition(light), features)


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
    model: Colorizer, config: ColorizerConfig, settings: Settings, batch: Batch, light: Tensor
) -> Tensor:
    """Return the chroma that the network chooses, at the working size.

    The median comes from two blind evaluations, one of the mirrored picture. With `variety`, noise
    of that size is added and taken away again (as Chung et al. 2022, "Come-closer-diffuse-faster"),
    once per sample.

    Shape:
        light: (B, 1, H, W) in [0, 100]. Returns (B, 2, h, w) in Lab units.
    """
    small = _shrink(light, settings.size, settings.multiple_of)
    mirrored, features = small.flip(-1), model.features(small)
    other = model.median(mirrored, model.features(mirrored)).flip(-1)
    middle = (model.median(small, features) + other) / 2
    if settings.variety == 0:
        return middle * config.chroma_scale
    sigmas = karras_sigmas(settings.steps, 0.02, settings.variety)
    estimate = denoiser(model.unet, condition(small), features)
    drawn = torch.stack(
        [
            dpmpp_2m(estimate, middle + noise * settings.variety, sigmas)
            for noise in (
                batch.noise(2, small.shape[-2], small.shape[-1], salt=("colorize", index))
                for index in range(settings.samples)
            )
        ]
    )
    return _medoid(drawn) * config.chroma_scale


def _medoid(drawn: Tensor) -> Tensor:
    """Return, per picture, the sample that is nearest to all others. Shape: (S, B, ...)."""
    flat = drawn.flatten(2).transpose(0, 1)
    nearest = torch.cdist(flat, flat).sum(-1).argmin(1)
    return drawn[nearest, torch.arange(drawn.shape[1], device=drawn.device)]


def _shrink(light: Tensor, size: int, multiple_of: int) -> Tensor:
    height, width = light.shape[-2:]
    scale = min(size / min(height, width), _LONGEST * size / max(height, width))
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
