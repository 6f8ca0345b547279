"""The U-Net generator of pix2pix (Isola et al. 2017, section 6.1.1)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from translate.nn.gan.blocks import NormKind, needs_bias, norm_layer
from translate.nn.gan.deep import DownConv, UpConv


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
                DownConv(outer, inner, bias),
                nn.ReLU(inplace=True),
                UpConv(inner, outer, bias),
                norm_layer(norm, outer),
            ]
        )
        for outer, inner in reversed(list(pairwise(widths[:-1]))):
            layers = [
                nn.LeakyReLU(0.2, inplace=True),
                DownConv(outer, inner, bias),
                norm_layer(norm, inner),
                level,
                nn.ReLU(inplace=True),
                UpConv(2 * inner, outer, bias),
                norm_layer(norm, outer),
            ]
            if dropout and outer == inner:
                layers.append(nn.Dropout(0.5))
            level = _Level(layers)
        self.model = _Level(
            [
                DownConv(in_channels, ngf, bias),
                level,
                nn.ReLU(inplace=True),
                UpConv(2 * ngf, out_channels, True),
                nn.Tanh(),
            ],
            outermost=True,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Translate pictures in [-1, 1]."""
        result: Tensor = self.model(x)
        return result
