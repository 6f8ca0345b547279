"""The generators that this plugin registers: what they are made from, and who builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from translate.generator import Generator, GeneratorConfig

if TYPE_CHECKING:
    from translate_clip.nets.stylegan import StyleGan
    from translate_clip.nets.vqgan import Vqgan


class VqganConfig(GeneratorConfig):
    """An autoencoder of the taming-transformers family (Esser et al. 2021).

    Its latent has `embed_dim` channels at 1 / 2^(levels - 1) of the picture's size.
    """

    kind: Literal["vq", "gumbel", "kl"] = "vq"
    """Bottleneck: nearest codebook entry, Gumbel-softmax codebook, or a Gaussian (VAE)."""
    width: int = Field(48, ge=1)
    """Channels at full resolution."""
    multipliers: tuple[int, ...] = (1, 1, 2, 4)
    """Channels of each level, in units of `width`; the first is the highest resolution."""
    res_blocks: int = Field(1, ge=1)
    attention: tuple[int, ...] = ()
    """Levels that have attention."""
    middle_attention: bool = True
    z_channels: int = Field(64, ge=1)
    embed_dim: int = Field(64, ge=1)
    codes: int = Field(1024, ge=1)
    """Entries of the codebook; unused by `kl`."""
    groups: int = Field(16, ge=1)
    """Groups of every GroupNorm. Where a group has one channel or two, as with few channels, what
    is lost is their mean, and so the colours."""
    quant_conv: bool = True
    """1 x 1 convolutions on both sides of the bottleneck; some diffusers files have none."""

    @property
    def factor(self) -> int:
        """Pixels of the picture per position of the latent, on one side."""
        return int(2 ** (len(self.multipliers) - 1))


class StyleGanConfig(GeneratorConfig):
    """A small StyleGAN2-like generator (Karras et al. 2020), conditioned on a bag of words."""

    resolution: int = Field(64, ge=8)
    """Side of the square picture: a power of two."""
    z_dim: int = Field(128, ge=1)
    w_dim: int = Field(128, ge=1)
    mapping_layers: int = Field(4, ge=1)
    width: int = Field(48, ge=1)
    """Channels at full resolution; doubled at each halving, up to `max_width`."""
    max_width: int = Field(256, ge=1)
    words: tuple[str, ...] = ()
    """Words that the generator listens to; empty = unconditional."""

    def channels(self, resolution: int) -> int:
        """Return the channels of the layers at `resolution`."""
        return min(self.width * self.resolution // resolution, self.max_width)


def _build_vqgan(config: VqganConfig) -> Vqgan:
    from translate_clip.nets.vqgan import Vqgan

    return Vqgan(config)


def _build_stylegan(config: StyleGanConfig) -> StyleGan:
    from translate_clip.nets.stylegan import StyleGan

    return StyleGan(config)


VQGAN = Generator("vqgan", VqganConfig, _build_vqgan, multiple_of=lambda config: int(config.factor))
STYLEGAN = Generator("stylegan", StyleGanConfig, _build_stylegan)
