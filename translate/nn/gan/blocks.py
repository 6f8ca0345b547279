"""What the generators and discriminators are built of."""

from __future__ import annotations

from typing import Literal

from torch import nn

from translate.nn.gan.layers import InstanceNorm

NormKind = Literal["batch", "instance", "none"]
InitKind = Literal["normal", "xavier", "kaiming", "orthogonal"]


def norm_layer(kind: NormKind, channels: int) -> nn.Module:
    """Return a normalisation of `channels`; "none" still takes its place in the sequence."""
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "instance":
        return InstanceNorm(channels)
    return nn.Identity()


def needs_bias(kind: NormKind) -> bool:
    """Say whether a convolution before this norm has a bias.

    Instance norm would remove it, but official checkpoints carry it, so it is kept.
    """
    return kind == "instance"


def init_weights(net: nn.Module, kind: InitKind = "normal", gain: float = 0.02) -> None:
    """Draw new weights from torch's default generator, in place.

    Convolutions are drawn by `kind`, their biases are 0; batch norm's scales are N(1, gain), as
    in section 6.2 of Isola et al. 2017.
    """
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            if kind == "normal":
                nn.init.normal_(module.weight, 0.0, gain)
            elif kind == "xavier":
                nn.init.xavier_normal_(module.weight, gain)
            elif kind == "kaiming":
                nn.init.kaiming_normal_(module.weight)
            else:
                nn.init.orthogonal_(module.weight, gain)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, gain)
            nn.init.zeros_(module.bias)
