"""The U-Net generator of pix2pix (Isola et al. 2017, section 6.1.1)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from translate.nn.gan.blocks import NormKind, needs_bias, norm_layer


class _Level(nn.Module):
    """One level: down, the level below, up; the input is passed on beside the result."""

    def __init__(self, layers: list[nn.Module], outermost: bool = False) -> None:
        super().__init__()
        self.model = nn.Sequential(*layers)
        self.outermost = outermost

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.model(x)
        # `model` starts with a LeakyReLU in place, so x is rectified here already. The ReLU that
        # comes next makes the same of both: relu(leaky(x)) = relu(x).
        return result if self.outermost else torch.cat([x, result], 1)


def _down(inside: int, outside: int, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, 4, 2, 1, bias=bias)


def _up(inside: int, outside: int, bias: bool) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inside, outside, 4, 2, 1, bias=bias)


class UNetGenerator(nn.Module):
    """An encoder-decoder with a skip connection at each of `num_downs` levels.

    Its state_dict has the keys of the official implementation, with and without dropout.

    Shape:
        (B, in_channels, H, W) -> (B, out_channels, H, W) in [-1, 1], H and W multiples of
        2 ** num_downs.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        num_downs: int = 8,
        ngf: int = 64,
        norm: NormKind = "batch",
        dropout: bool = True,
    ) -> None:
        super().__init__()
        bias = needs_bias(norm)
        widths = [ngf * min(2**level, 8) for level in range(num_downs)]
        outer, inner = widths[-2:]
        level = _Level(
            [
                nn.LeakyReLU(0.2, inplace=True),
                _down(outer, inner, bias),
                nn.ReLU(inplace=True),
                _up(inner, outer, bias),
                norm_layer(norm, outer),
            ]
        )
        for outer, inner in reversed(list(pairwise(widths[:-1]))):
            layers = [
                nn.LeakyReLU(0.2, inplace=True),
                _down(outer, inner, bias),
                norm_layer(norm, inner),
                level,
                nn.ReLU(inplace=True),
                _up(2 * inner, outer, bias),
                norm_layer(norm, outer),
            ]
            if dropout and outer == inner:
                layers.append(nn.Dropout(0.5))
            level = _Level(layers)
        self.model = _Level(
            [
                _down(in_channels, ngf, bias),
                level,
                nn.ReLU(inplace=True),
                _up(2 * ngf, out_channels, True),
                nn.Tanh(),
            ],
            outermost=True,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Translate pictures in [-1, 1]."""
        result: Tensor = self.model(x)
        return result
