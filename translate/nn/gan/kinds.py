"""The generators of pix2pix and CycleGAN, and one of ours: settings and size rules. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from translate.generator import Generator, GeneratorConfig

if TYPE_CHECKING:
    from torch import nn

Norm = Literal["batch", "instance", "none"]


class UNetConfig(GeneratorConfig):
    """Settings of a U-Net."""

    num_downs: int = Field(8, ge=2, le=12)
    """Levels; pictures are padded to multiples of 2 ** num_downs."""
    ngf: int = Field(64, ge=1)
    """Filters of the outermost level."""
    norm: Norm = "batch"
    dropout: bool = True


class UNet128Config(UNetConfig):
    """Settings of a U-Net for pictures of 128 pixels."""

    num_downs: int = Field(7, ge=2, le=12)


class ResnetConfig(GeneratorConfig):
    """Settings of a ResNet generator."""

    blocks: int = Field(9, ge=1, le=64)
    """Residual blocks."""
    ngf: int = Field(64, ge=1)
    """Filters of the first convolution."""
    norm: Norm = "instance"
    dropout: bool = False


class Resnet6Config(ResnetConfig):
    """Settings of a ResNet generator of six blocks."""

    blocks: int = Field(6, ge=1, le=64)


class RefinerConfig(GeneratorConfig):
    """Settings of a refiner: what it makes is added to the input."""

    widths: tuple[int, ...] = Field((48, 96, 160, 224), min_length=1, max_length=8)
    """Channels at a half, a quarter, ... of the size."""
    blocks: int = Field(1, ge=1, le=16)
    """Residual blocks at each size, down and up again."""
    norm: Norm = "batch"


def _build_refiner(config: RefinerConfig) -> nn.Module:
    from translate.nn.gan.refiner import RefinerGenerator

    return RefinerGenerator(
        config.in_channels, config.out_channels, config.widths, config.blocks, config.norm
    )


def _refiner_multiple(config: RefinerConfig) -> int:
    return int(2 ** len(config.widths))


def _build_unet(config: UNetConfig) -> nn.Module:
    from translate.nn.gan.unet import UNetGenerator

    return UNetGenerator(
        config.in_channels,
        config.out_channels,
        config.num_downs,
        config.ngf,
        config.norm,
        config.dropout,
    )


def _build_resnet(config: ResnetConfig) -> nn.Module:
    from translate.nn.gan.resnet import ResnetGenerator

    return ResnetGenerator(
        config.in_channels,
        config.out_channels,
        config.blocks,
        config.ngf,
        config.norm,
        config.dropout,
    )


def _unet_multiple(config: UNetConfig) -> int:
    return int(2**config.num_downs)


def _resnet_multiple(config: ResnetConfig) -> int:
    return 4


def _whole(config: GeneratorConfig) -> None:
    """A U-Net sees further than its tiles would be large."""


def _resnet_halo(config: ResnetConfig) -> int | None:
    """Return how far a pixel looks; instance norm looks at the whole picture.

    The two 7 x 7 convolutions reach 3 pixels each, the strided and transposed ones 1 + 2 and
    4 + 2 at most, each block two pixels at a quarter of the size. Rounded up to a multiple of 4,
    so that tiles lie on the same grid as the whole picture.
    """
    if config.norm == "instance":
        return None
    reach = 3 + 3 + 8 * config.blocks + 6 + 3
    return -(-reach // 4) * 4


KINDS = (
    Generator("unet-128", UNet128Config, _build_unet, multiple_of=_unet_multiple, halo=_whole),
    Generator("unet-256", UNetConfig, _build_unet, multiple_of=_unet_multiple, halo=_whole),
    Generator(
        "resnet-6", Resnet6Config, _build_resnet, multiple_of=_resnet_multiple, halo=_resnet_halo
    ),
    Generator(
        "resnet-9", ResnetConfig, _build_resnet, multiple_of=_resnet_multiple, halo=_resnet_halo
    ),
    Generator("refiner", RefinerConfig, _build_refiner, multiple_of=_refiner_multiple, halo=_whole),
)
"""In the order in which `translate plugins` lists them."""
