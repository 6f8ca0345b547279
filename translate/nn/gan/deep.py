"""The convolutions of a U-Net, which at its deepest levels are trained as matrix products.

A 4 x 4 convolution between 2 x 2 and 4 x 4 pixels is mostly weight. oneDNN's gradients of it take
two to four times as long as those of the same product written out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_FEW = 16
"""Pixels of the smaller side up to which a product is faster."""


class DownConv(nn.Conv2d):
    """A convolution of 4 x 4 pixels and stride 2, which halves the sides."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool) -> None:
        super().__init__(in_channels, out_channels, 4, 2, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve. Shape: (B, in, H, W) -> (B, out, H / 2, W / 2)."""
        height, width = x.shape[2] // 2, x.shape[3] // 2
        if not _as_product(x, height * width):
            return super().forward(x)
        columns = F.unfold(x, 4, padding=1, stride=2).view(len(x), self.in_channels, 16, -1)
        if not self.weight.is_contiguous():
            # In channels_last the weight lies as (out, 16, in).
            columns = columns.transpose(1, 2)
        made = _matrix(self.weight) @ columns.flatten(1, 2)
        return _biased(made.view(len(x), -1, height, width), self.bias)


class UpConv(nn.ConvTranspose2d):
    """A transposed convolution of 4 x 4 pixels and stride 2, which doubles the sides."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool) -> None:
        super().__init__(in_channels, out_channels, 4, 2, 1, bias=bias)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Convolve. Shape: (B, in, H, W) -> (B, out, 2 H, 2 W)."""
        height, width = x.shape[2:]
        if output_size is not None or not _as_product(x, height * width):
            return super().forward(x, output_size)
        made = x.flatten(2).transpose(1, 2) @ _matrix(self.weight)
        if self.weight.is_contiguous():
            columns = made.transpose(1, 2)
        else:
            # In channels_last the weight lies as (in, 16, out).
            made = made.view(*made.shape[:2], 16, self.out_channels)
            columns = made.permute(0, 3, 2, 1).flatten(1, 2)
        folded = F.fold(columns, (2 * height, 2 * width), 4, padding=1, stride=2)
        return _biased(folded, self.bias)


def _as_product(x: Tensor, pixels: int) -> bool:
    return pixels <= _FEW and x.device.type == "cpu" and torch.is_grad_enabled()


def _matrix(weight: Tensor) -> Tensor:
    """Return a weight as a matrix of its first side, with the others in the order they lie in."""
    return (weight if weight.is_contiguous() else weight.permute(0, 2, 3, 1)).flatten(1)


def _biased(x: Tensor, bias: Tensor | None) -> Tensor:
    return x if bias is None else x + bias.to(x.dtype).view(1, -1, 1, 1)
