"""The upscaler: an encoder whose output is the faithful result, and a diffusion of the rest.

As in SRDiff (Li et al. 2022) the diffusion works on the difference to an upscaled picture and is
conditioned on the features of the network that made it; here the picture is the encoder's own
output, and both work on the grid of the small picture, with factor^2 pixels folded into channels.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch
from translate.nn.diffusion.process import denoiser
from translate.nn.diffusion.samplers import dpmpp_2m
from translate.nn.diffusion.schedules import karras_sigmas
from translate.nn.diffusion.unet import UNet, UNetConfig, build_unet
from translate_diffusion.configs import UpscalerConfig


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Return `image` bicubically resized, antialiased, with Pillow's and MATLAB's kernel."""
    if image.shape[-2:] == (height, width):
        return image
    return F.interpolate(image, (height, width), mode="bicubic", antialias=True)


class Block(nn.Module):
    """Two convolutions beside a skip, without normalisation (EDSR, Lim et al. 2017)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Return x and what the branch adds to it."""
        return x + self.second(F.relu(self.first(x)))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Small picture -> (its features, a faithful large picture)."""

    def __init__(self, config: UpscalerConfig) -> None:
        super().__init__()
        self.factor = config.factor
        self.head = nn.Conv2d(3, config.width, 3, padding=1)
        self.body = nn.Sequential(*(Block(config.width) for _ in range(config.blocks)))
        self.tail = nn.Conv2d(config.width, 3 * config.factor**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)  # type: ignore[arg-type]

    def forward(self, small: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (B, width, h, w) and the picture (B, 3, factor h, factor w), float32.

        Shape:
            small: (B, 3, h, w), in [0, 1].
        """
        features = self.body(self.head(small.to(self.head.weight.dtype) - 0.5))
        height, width = small.shape[-2] * self.factor, small.shape[-1] * self.factor
        rest = F.pixel_shuffle(self.tail(features), self.factor)
        return features, resize(small.float(), height, width) + rest.float()


class Upscaler(nn.Module):
    """The encoder, and the U-Net that denoises what it misses."""

    def __init__(self, config: UpscalerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.detail: UNet = build_unet(detail_config(config))

    def fold(self, large: Tensor) -> Tensor:
        """Return a large picture with its pixels folded into channels of the small one's grid."""
        return F.pixel_unshuffle(large, self.config.factor)

    def settle(self, large: Tensor, small: Tensor) -> Tensor:
        """Return a result that agrees with the small picture, where it has to; in [0, 1]."""
        return back_project(large, small) if self.config.exact else large.clamp(0, 1)

    def condition(self, faithful: Tensor) -> Tensor:
        """Return what the diffusion sees beside its noisy picture: the encoder's, folded."""
        return self.fold(faithful) * 2 - 1

    def target(self, faithful: Tensor, large: Tensor) -> Tensor:
        """Return x0: what the encoder misses, folded, at about unit variance."""
        return self.fold(large - faithful) * self.config.residual_scale

    def join(self, faithful: Tensor, x0: Tensor, strength: float = 1.0) -> Tensor:
        """Return the picture that `x0` stands for: the inverse of `target`."""
        return faithful + F.pixel_shuffle(x0, self.config.factor) * (
            strength / self.config.residual_scale
        )


def detail_config(config: UpscalerConfig) -> UNetConfig:
    """Return the settings of the diffusion's U-Net."""
    channels = 3 * config.factor**2
    return UNetConfig(
        channels=channels,
        conditions=channels,
        features=config.width,
        patch=1,
        widths=config.detail_widths,
        attention=False,
    )


def back_project(large: Tensor, small: Tensor, steps: int = 4) -> Tensor:
    """Return `large`, corrected until its downscaled self is `small` (Irani and Peleg 1991, eq. 1).

    Shape:
        large: (B, 3, H, W), in [0, 1]. small: (B, 3, h, w). Returns the shape of `large`, clamped.
    """
    height, width = large.shape[-2:]
    for _ in range(steps):
        error = small - resize(large, *small.shape[-2:])
        large = (large + resize(error, height, width)).clamp(0, 1)
    return large


def enlarge(
    model: Upscaler, batch: Batch, steps: int, strength: float = 1.0, ensemble: bool = False
) -> Tensor:
    """Return `batch.image`, factor times as large, in [0, 1].

    Shrunk again it is the small picture, unless the network has learned to mend that.

    Args:
        model: the network.
        batch: its picture has three channels, and sides that divide by the network's 2.
        steps: evaluations of the diffusion's network; 0 = the faithful result alone.
        strength: share of the diffusion's detail that is added.
        ensemble: average the faithful result over the eight turns and mirrors (Timofte et al.
            2016, section 3.5).
    """
    small = batch.image
    features, faithful = model.encoder(small)
    if ensemble:
        faithful = _over_turns(model.encoder, small)
    faithful = model.settle(faithful, small)
    if not steps:
        return faithful
    sigmas = karras_sigmas(steps, LOWEST, HIGHEST)
    channels = 3 * model.config.factor**2
    noise = batch.noise(channels, small.shape[-2], small.shape[-1], salt="upscale")
    estimate = denoiser(model.detail, model.condition(faithful), features)
    x0 = dpmpp_2m(estimate, noise * HIGHEST * TEMPERATURE, sigmas)
    return model.settle(model.join(faithful, x0, strength), small)


def to_factor(
    model: Upscaler, grow: Callable[[Batch], Tensor], batch: Batch, factor: int
) -> Tensor:
    """Return `batch.image`, `factor` times as large, by `grow`, which enlarges as `model` does.

    A smaller factor is one pass and a bicubic resize; a larger one is several passes, with a
    resize before the last so that it ends at the size wanted.
    """
    small, own = batch.image, model.config.factor
    height, width = small.shape[-2] * factor, small.shape[-1] * factor
    large, reached = grow(batch), own
    while reached < factor:
        before = max(1, factor // own)
        middle = resize(large, small.shape[-2] * before, small.shape[-1] * before)
        large, reached = grow(_moved(batch, middle, before)), before * own
    return large if reached == factor else model.settle(resize(large, height, width), small)


def _moved(batch: Batch, image: Tensor, scale: int) -> Batch:
    """Return the batch of a picture `scale` times as large, at its place in the whole."""
    origins = batch.origins and tuple((top * scale, left * scale) for top, left in batch.origins)
    return batch.replace(image=image, origins=origins)


LOWEST, HIGHEST, TEMPERATURE = 0.05, 0.5, 0.5
"""Noise levels that sampling walks between, for residuals of about unit variance, and what the
noise is multiplied by: sampled at 1 and from higher up, a small network adds grain (measured by
`bench/diffusion_quality.py`: feature distance is best here)."""


def _over_turns(encoder: nn.Module, small: Tensor) -> Tensor:
    total = torch.zeros(())
    for turn in range(4):
        for mirrored in (False, True):
            seen = small.rot90(turn, (-2, -1))
            seen = seen.flip(-1) if mirrored else seen
            made = encoder(seen.contiguous(memory_format=torch.channels_last))[1]
            made = made.flip(-1) if mirrored else made
            total = total + made.rot90(-turn, (-2, -1))
    return total / 8
