"""A published checkpoint, whichever it is, as a denoiser with its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from translate.errors import WeightsError
from translate.nn.diffusion.process import Denoiser, preserving
from translate.nn.diffusion.published import palette, sr3, srdiff
from translate.nn.diffusion.published.reader import Reader
from translate.nn.diffusion.schedules import alpha_bars, cosine_betas, linear_betas, to_sigmas
from translate.nn.diffusion.unet import UNet

Layout = Literal["palette", "sr3", "srdiff"]


@dataclass(frozen=True, slots=True)
class Published:
    """A network with what its file says, or its authors said, of the noise it was trained on."""

    layout: Layout
    net: UNet
    bars: Tensor
    """(steps,), the cumulative alphas, falling."""
    encoder: srdiff.Rrdb | None = None

    @property
    def sigmas(self) -> Tensor:
        """(steps,), rising: what `schedules.spaced` picks from."""
        return to_sigmas(self.bars)

    def denoiser(
        self,
        condition: Tensor | None,
        features: Tensor | None = None,
        within: tuple[Tensor, Tensor] | None = None,
    ) -> Denoiser:
        """Return the network with its condition bound, predicting epsilon, clipped to [-1, 1].

        Args:
            condition: (B, 3, H, W) in [-1, 1], seen beside the noisy picture; None for SRDiff.
            features: what SRDiff's encoder found.
            within: a hole (B, 1, H, W), and the picture that is shown without noise round it.
        """

        def predict(x: Tensor, bar: Tensor) -> Tensor:
            if within is not None:
                x = torch.where(within[0] > 0, x, within[1])
            seen = x if condition is None else torch.cat([condition, x], 1)
            dtype = next(self.net.parameters()).dtype
            return self.net(seen.to(dtype), self._level(bar), features).float()  # type: ignore[no-any-return]

        return preserving(predict, "epsilon", clip=1.0)

    def _level(self, bar: Tensor) -> Tensor:
        if self.layout == "palette":
            return bar
        if self.layout == "sr3":
            return bar.sqrt()
        table = self.bars.to(bar)
        return (table[None] - bar[:, None]).abs().argmin(1)


def layout_of(tensors: Mapping[str, Tensor]) -> Layout | None:
    """Return the layout that the keys show, or None."""
    if any(key.startswith("denoise_fn.input_blocks.") for key in tensors):
        return "palette"
    if "denoise_fn.noise_level_mlp.1.weight" in tensors:
        return "sr3"
    return "srdiff" if "denoise_fn.cond_proj.weight" in tensors else None


def read_published(
    tensors: Mapping[str, Tensor], head_channels: int = 32, norm_groups: int = 32
) -> Published:
    """Return what a checkpoint holds. A wrapper `model.` round all keys is taken off.

    Args:
        tensors: by key, as the file has them.
        head_channels: of Palette's attention; the file does not say.
        norm_groups: of SR3's norms (32, or 16 in 64 -> 512); the file does not say.

    Raises:
        WeightsError: no such layout, or a tensor is missing or unknown.
    """
    tensors = {key.removeprefix("model."): value for key, value in tensors.items()}
    layout, reader = layout_of(tensors), Reader(tensors)
    if layout == "palette":
        bars = tensors.get("gammas", alpha_bars(linear_betas(2000, 1e-6, 0.01)))
        return Published(layout, palette.build(reader, head_channels), bars.double())
    if layout == "sr3":
        bars = tensors.get("alphas_cumprod", alpha_bars(linear_betas(2000, 1e-6, 0.01)))
        return Published(layout, sr3.build(reader, norm_groups), bars.double())
    if layout == "srdiff":
        bars = tensors.get("alphas_cumprod", alpha_bars(cosine_betas(100)))
        return Published(layout, srdiff.build(reader), bars.double(), srdiff.Rrdb(reader))
    raise WeightsError("not a checkpoint of SR3, Palette or SRDiff: its keys are of none of them")
