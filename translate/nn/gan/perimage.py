"""Train-mode inference, exactly, for any number of pictures at once.

The reference implementation runs pix2pix in train mode: batch norm takes its statistics from the
one picture in the batch, and dropout stays on. Statistics of one picture are what instance norm
computes, so batch norm's scales over instance norm's statistics give the same for every picture
of a larger batch; and dropout drawn from each picture's own seed never depends on its company.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.batch import seed_for

_seeds: ContextVar[tuple[int, ...]] = ContextVar("seeds")


def _frozen(values: Tensor | None) -> nn.Parameter | None:
    return None if values is None else nn.Parameter(values.detach(), requires_grad=False)


class ChannelNorm(nn.Module):
    """Normalises each channel of each picture by its own mean and biased variance.

    On the CPU it is computed as group norm with one channel per group: instance norm itself
    copies channels_last tensors twice (pytorch #72341).
    """

    def __init__(
        self, channels: int, eps: float, weight: Tensor | None = None, bias: Tensor | None = None
    ) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps
        self.weight = _frozen(weight)
        self.bias = _frozen(bias)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise pictures; one pixel is its own mean. Shape: (B, channels, H, W), kept."""
        if x.shape[-2:].numel() == 1:
            alone = torch.zeros_like(x)
            return alone if self.bias is None else alone + self.bias.view(1, -1, 1, 1)
        if x.device.type == "cpu":
            return F.group_norm(x, self.channels, self.weight, self.bias, self.eps)
        return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)


class SeededDropout(nn.Module):
    """Dropout whose mask follows from the picture's seed (see `seeded`) and the layer's place."""

    def __init__(self, p: float, place: str) -> None:
        super().__init__()
        self.p = p
        self.place = place

    def forward(self, x: Tensor) -> Tensor:
        """Drop values with probability p and scale the others up. Shape: (B, C, H, W), kept."""
        generator = torch.Generator()
        masks = []
        for seed in _seeds.get():
            generator.manual_seed(seed_for(seed, "dropout", self.place))
            masks.append(torch.rand(x.shape[1:], generator=generator) >= self.p)
        return x * torch.stack(masks).to(x) / (1 - self.p)


@contextmanager
def seeded(seeds: Sequence[int]) -> Iterator[None]:
    """Draw the dropout of this thread's forward passes from `seeds`, one per picture."""
    token = _seeds.set(tuple(seeds))
    try:
        yield
    finally:
        _seeds.reset(token)


def use_own_statistics(net: nn.Module) -> None:
    """Replace batch norm by each picture's own statistics under the same scales, in place."""
    for parent, name, child in _children(net):
        if isinstance(child, nn.BatchNorm2d):
            norm = ChannelNorm(child.num_features, child.eps, child.weight, child.bias)
            setattr(parent, name, norm)


def use_seeded_dropout(net: nn.Module) -> None:
    """Replace dropout by dropout from seeds, in place; run the net within `seeded`."""
    dropouts = [entry for entry in _children(net) if isinstance(entry[2], nn.Dropout)]
    for place, (parent, name, child) in enumerate(dropouts):
        if isinstance(child, nn.Dropout):
            setattr(parent, name, SeededDropout(child.p, str(place)))


def _children(net: nn.Module) -> list[tuple[nn.Module, str, nn.Module]]:
    """Return every module below `net` with the one that holds it and its name there."""
    return [
        (parent, name, child) for parent in net.modules() for name, child in parent.named_children()
    ]
