"""Discriminators that judge patches (Isola et al. 2017, sections 3.2.2 and 6.1.2)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from translate.nn.gan.blocks import NormKind, needs_bias, norm_layer

DiscriminatorKind = Literal["basic", "n_layers", "pixel"]


class PatchDiscriminator(nn.Module):
    """A convolutional judge: one logit per patch, of 70 x 70 pixels with three layers.

    Its state_dict has the official keys (`model.0.weight`, ...).

    Shape:
        (B, in_channels, H, W) -> (B, 1, h, w), logits.
    """

    def __init__(
        self, in_channels: int, ndf: int = 64, n_layers: int = 3, norm: NormKind = "batch"
    ) -> None:
        super().__init__()
        bias = needs_bias(norm)
        layers: list[nn.Module] = [
            nn.Conv2d(in_channels, ndf, 4, 2, 1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        widths = [ndf * min(2**n, 8) for n in range(n_layers + 1)]
        for n in range(1, n_layers + 1):
            stride = 2 if n < n_layers else 1
            layers += [
                nn.Conv2d(widths[n - 1], widths[n], 4, stride, 1, bias=bias),
                norm_layer(norm, widths[n]),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers.append(nn.Conv2d(widths[-1], 1, 4, 1, 1))
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return one logit per patch."""
        result: Tensor = self.model(x)
        return result


class PixelDiscriminator(nn.Module):
    """A judge of 1 x 1 patches: of colours alone. Its state_dict has the official keys (`net.`).

    Shape:
        (B, in_channels, H, W) -> (B, 1, H, W), logits.
    """

    def __init__(self, in_channels: int, ndf: int = 64, norm: NormKind = "batch") -> None:
        super().__init__()
        bias = needs_bias(norm)
        self.net = nn.Sequential(
            nn.Conv2d(in_channels, ndf, 1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, 2 * ndf, 1, bias=bias),
            norm_layer(norm, 2 * ndf),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * ndf, 1, 1, bias=bias),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return one logit per pixel."""
        result: Tensor = self.net(x)
        return result


def discriminator(
    kind: DiscriminatorKind, in_channels: int, ndf: int, n_layers: int, norm: NormKind
) -> nn.Module:
    """Return the judge of that kind; `n_layers` counts for "n_layers" alone ("basic" has 3)."""
    if kind == "pixel":
        return PixelDiscriminator(in_channels, ndf, norm)
    return PatchDiscriminator(in_channels, ndf, n_layers if kind == "n_layers" else 3, norm)
