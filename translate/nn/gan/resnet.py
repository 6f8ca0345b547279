"""The ResNet generator of CycleGAN (Zhu et al. 2017, after Johnson et al. 2016)."""

from __future__ import annotations

from torch import Tensor, nn

from translate.nn.gan.blocks import NormKind, needs_bias, norm_layer
from translate.nn.gan.layers import ReflectionPad


class ResnetBlock(nn.Module):
    """Two 3 x 3 convolutions beside an identity."""

    def __init__(self, channels: int, norm: NormKind, dropout: bool) -> None:
        super().__init__()
        bias = needs_bias(norm)
        layers = [
            ReflectionPad(1),
            nn.Conv2d(channels, channels, 3, bias=bias),
            norm_layer(norm, channels),
            nn.ReLU(inplace=True),
        ]
        if dropout:
            layers.append(nn.Dropout(0.5))
        layers += [
            ReflectionPad(1),
            nn.Conv2d(channels, channels, 3, bias=bias),
            norm_layer(norm, channels),
        ]
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Add what the block makes to x. Shape: (B, channels, H, W), kept."""
        result: Tensor = x + self.conv_block(x)
        return result


class ResnetGenerator(nn.Module):
    """Two strided convolutions, `blocks` residual blocks, two transposed convolutions.

    Its state_dict has the keys of the official implementation; with dropout the second
    convolution of a block is `conv_block.6`, without it `conv_block.5`.

    Shape:
        (B, in_channels, H, W) -> (B, out_channels, H, W) in [-1, 1], H and W multiples of 4.
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        blocks: int = 9,
        ngf: int = 64,
        norm: NormKind = "instance",
        dropout: bool = False,
    ) -> None:
        super().__init__()
        bias = needs_bias(norm)
        layers: list[nn.Module] = [
            ReflectionPad(3),
            nn.Conv2d(in_channels, ngf, 7, bias=bias),
            norm_layer(norm, ngf),
            nn.ReLU(inplace=True),
        ]
        for width in (ngf, 2 * ngf):
            layers += [
                nn.Conv2d(width, 2 * width, 3, 2, 1, bias=bias),
                norm_layer(norm, 2 * width),
                nn.ReLU(inplace=True),
            ]
        layers += [ResnetBlock(4 * ngf, norm, dropout) for _ in range(blocks)]
        for width in (4 * ngf, 2 * ngf):
            layers += [
                nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1, bias=bias),
                norm_layer(norm, width // 2),
                nn.ReLU(inplace=True),
            ]
        layers += [ReflectionPad(3), nn.Conv2d(ngf, out_channels, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Translate pictures in [-1, 1]."""
        result: Tensor = self.model(x)
        return result
