"""A generator that changes a picture instead of drawing it anew.

A U-Net of residual blocks (He et al. 2016; Ronneberger et al. 2015) behind a pixel-unshuffle stem
(Shi et al. 2016): nearly all of the work happens at half the size and below, while the input
itself reaches the last, full-size convolutions. What it makes is added to the input, so edges
that are right already stay as sharp as they are.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from translate.nn.gan.blocks import NormKind, norm_layer

_LAST = 16
"""Channels at full size."""


class _Block(nn.Module):
    """Two convolutions, added to what they were given."""

    def __init__(self, width: int, norm: NormKind) -> None:
        super().__init__()
        bias = norm == "none"
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=bias),
            norm_layer(norm, width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, 1, 1, bias=bias),
            norm_layer(norm, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.body(x)
        return result


def _blocks(count: int, width: int, norm: NormKind) -> nn.Sequential:
    return nn.Sequential(*[_Block(width, norm) for _ in range(count)])


class RefinerGenerator(nn.Module):
    """Adds a learned change to a picture.

    Args:
        in_channels: of the input.
        out_channels: of the result; where it differs, nothing is added to the input.
        widths: channels at a half, a quarter, ... of the size.
        blocks: residual blocks at each size on the way down, and again on the way up.
        norm: of the blocks.

    Shape:
        (B, in_channels, H, W) in [-1, 1] -> (B, out_channels, H, W), H and W multiples of
        2 ** len(widths).
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        widths: tuple[int, ...] = (48, 96, 160, 224),
        blocks: int = 1,
        norm: NormKind = "batch",
    ) -> None:
        super().__init__()
        self.adds = in_channels == out_channels
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(4 * in_channels, widths[0], 3, 1, 1)
        )
        pairs = list(pairwise(widths))
        self.encoders = nn.ModuleList(_blocks(blocks, width, norm) for width in widths)
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 2, 2) for a, b in pairs)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in pairs)
        self.joins = nn.ModuleList(nn.Conv2d(2 * a, a, 1) for a, _ in pairs)
        self.decoders = nn.ModuleList(_blocks(blocks, a, norm) for a, _ in pairs)
        self.grow = nn.Sequential(nn.Conv2d(widths[0], 4 * _LAST, 3, 1, 1), nn.PixelShuffle(2))
        self.last = nn.Sequential(
            nn.Conv2d(_LAST + in_channels, _LAST, 3, 1, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(_LAST, out_channels, 3, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Translate pictures in [-1, 1]; the result may overshoot a little."""
        h = self.encoders[0](self.stem(x))
        skips = []
        for down, encoder in zip(self.downs, self.encoders[1:], strict=True):
            skips.append(h)
            h = encoder(down(h))
        for up, join, decoder in list(zip(self.ups, self.joins, self.decoders, strict=True))[::-1]:
            h = decoder(join(torch.cat([up(h), skips.pop()], 1)))
        change: Tensor = self.last(torch.cat([self.grow(h), x], 1))
        return x + change if self.adds else change
