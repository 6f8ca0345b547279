"""A loaded generator as a function from pictures in [0, 1] to pictures in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from translate.nn.gan.fuse import optimize
from translate.nn.gan.load import Loaded
from translate.nn.gan.perimage import seeded, use_own_statistics, use_seeded_dropout

Translate = Callable[[Tensor, Sequence[int]], Tensor]
"""Pictures (B, C, H, W), float32 in [0, 1], and a seed for each, to pictures like them."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How a generator is run."""

    device: torch.device
    dtype: torch.dtype
    compiled: bool = False
    own_statistics: bool = False
    """Batch norm takes each picture's own statistics instead of the running ones."""
    dropout: bool = False
    """Dropout stays on, drawn from each picture's seed."""
    lab: bool = False
    """The generator takes lightness and makes colours."""


def translator(loaded: Loaded, mode: Mode) -> Translate:
    """Return the function that runs `loaded`, which is used up."""
    net = loaded.net
    if mode.own_statistics:
        use_own_statistics(net)
    if mode.dropout:
        use_seeded_dropout(net)
    net = optimize(net, mode.device, mode.dtype, mode.compiled)
    low, high = loaded.generator.value_range

    def run(x: Tensor, seeds: Sequence[int]) -> Tensor:
        x = x.to(dtype=mode.dtype, memory_format=torch.channels_last)
        with seeded(seeds):
            result: Tensor = net(x)
        return result.float()

    def translate(image: Tensor, seeds: Sequence[int]) -> Tensor:
        image = to_channels(image, loaded.config.in_channels)
        return (run(image * (high - low) + low, seeds) - low) / (high - low)

    def colour(image: Tensor, seeds: Sequence[int]) -> Tensor:
        from translate.nn.gan.lab import join_lab, split_lab

        lightness, _ = split_lab(image)
        return join_lab(lightness, run(lightness, seeds))

    return colour if mode.lab else translate


def to_channels(image: Tensor, channels: int) -> Tensor:
    """Return gray as three equal channels, or colour as luma (ITU-R BT.601), where asked for.

    Shape: (B, 1 or 3, H, W) -> (B, channels, H, W).
    """
    if image.shape[1] == channels:
        return image
    if channels == 1:
        weights = image.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        return (image * weights).sum(1, keepdim=True)
    return image.expand(-1, channels, -1, -1)
