"""Autoencoder in the layout of taming-transformers: VQGAN, its Gumbel variant, and the KL-VAE."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.batch import seed_for
from translate_clip.nets.quantize import Gaussian, GumbelCodebook, VectorCodebook

if TYPE_CHECKING:
    from translate_clip.generators import VqganConfig

_EPS = 1e-6


class _GroupNorm(nn.GroupNorm):
    """Computed in float32: in bfloat16, its backward on the CPU costs as much as all else."""

    def forward(self, x: Tensor) -> Tensor:
        h = F.group_norm(x.float(), self.num_groups, self.weight, self.bias, self.eps)
        return h.to(x.dtype)


def _norm(channels: int, groups: int) -> nn.GroupNorm:
    return _GroupNorm(groups, channels, eps=_EPS)


class ResBlock(nn.Module):
    """Two normalised 3 x 3 convolutions beside a skip. Shape: (B, in, H, W) -> (B, out, H, W)."""

    def __init__(self, channels_in: int, channels_out: int, groups: int) -> None:
        super().__init__()
        self.norm1 = _norm(channels_in, groups)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.norm2 = _norm(channels_out, groups)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        if channels_in != channels_out:
            self.nin_shortcut = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return skip + convolutions."""
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        skip = self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x
        return torch.add(skip, h)


class Attention(nn.Module):
    """Single-head attention over positions, beside a skip. Shape: (B, C, H, W) -> the same."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = _norm(channels, groups)
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1)
        self.v = nn.Conv2d(channels, channels, 1)
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return skip + attention."""
        h = self.norm(x)
        q, k, v = (layer(h).flatten(2).mT for layer in (self.q, self.k, self.v))
        h = F.scaled_dot_product_attention(q, k, v).mT.reshape(x.shape)
        return torch.add(x, self.proj_out(h))


class _Downsample(nn.Module):
    """Halve by a strided convolution; padded at the right and bottom only, as in the original."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return out


class _Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return out


class _Level(nn.Module):
    """The blocks of one resolution, each followed by attention where the level has it.

    The way to the next resolution lies in it too, as `downsample` or `upsample`.
    """

    def __init__(
        self, channels_in: int, channels_out: int, blocks: int, attention: bool, groups: int
    ) -> None:
        super().__init__()
        widths = [channels_in, *[channels_out] * blocks]
        self.block = nn.ModuleList(ResBlock(a, b, groups) for a, b in pairwise(widths))
        self.attn = nn.ModuleList(
            Attention(channels_out, groups) for _ in range(blocks if attention else 0)
        )

    def forward(self, x: Tensor) -> Tensor:
        for i, block in enumerate(self.block):
            x = block(x)
            if self.attn:
                x = self.attn[i](x)
        for way in (getattr(self, "downsample", None), getattr(self, "upsample", None)):
            x = x if way is None else way(x)
        return x


class _Middle(nn.Module):
    def __init__(self, channels: int, groups: int, attention: bool) -> None:
        super().__init__()
        self.block_1 = ResBlock(channels, channels, groups)
        self.attn_1 = Attention(channels, groups) if attention else nn.Identity()
        self.block_2 = ResBlock(channels, channels, groups)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return out


class Encoder(nn.Module):
    """Picture to features. Shape: (B, 3, H, W) -> (B, z or 2 z, H / factor, W / factor)."""

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        widths = [config.width * m for m in config.multipliers]
        self.conv_in = nn.Conv2d(config.in_channels, config.width, 3, padding=1)
        self.down = nn.ModuleList()
        for i, (a, b) in enumerate(pairwise([config.width, *widths])):
            level = _Level(a, b, config.res_blocks, i in config.attention, config.groups)
            if i < len(widths) - 1:
                level.downsample = _Downsample(b)
            self.down.append(level)
        self.mid = _Middle(widths[-1], config.groups, config.middle_attention)
        self.norm_out = _norm(widths[-1], config.groups)
        channels = config.z_channels * (2 if config.kind == "kl" else 1)
        self.conv_out = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        h = self.conv_in(x)
        for level in self.down:
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.norm_out(self.mid(h))))
        return out


class Decoder(nn.Module):
    """Features to picture; `up.0` is the highest resolution, so it runs backwards."""

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        widths = [config.width * m for m in config.multipliers]
        self.conv_in = nn.Conv2d(config.z_channels, widths[-1], 3, padding=1)
        self.mid = _Middle(widths[-1], config.groups, config.middle_attention)
        self.up = nn.ModuleList()
        for i, (a, b) in enumerate(zip([*widths[1:], widths[-1]], widths, strict=True)):
            level = _Level(a, b, config.res_blocks + 1, i in config.attention, config.groups)
            if i > 0:
                level.upsample = _Upsample(b)
            self.up.append(level)
        self.norm_out = _norm(widths[0], config.groups)
        self.conv_out = nn.Conv2d(widths[0], config.out_channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """Return the picture, about [-1, 1]."""
        h = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.norm_out(h)))
        return out


class Vqgan(nn.Module):
    """Encoder, bottleneck and decoder.

    The latent is what comes out of the bottleneck: codebook entries, or the Gaussian's mean.
    `decode` takes any latent: with a codebook it is moved to the nearest entries, and its
    gradient passes straight through.

    Shape:
        picture: (B, 3, H, W) in [-1, 1]; latent: (B, embed_dim, H / factor, W / factor).
    """

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        z, embed, double = config.z_channels, config.embed_dim, 2 if config.kind == "kl" else 1
        self.factor = config.factor
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quantize: VectorCodebook | GumbelCodebook | Gaussian
        if config.kind == "vq":
            self.quantize = VectorCodebook(config.codes, embed)
        elif config.kind == "gumbel":
            self.quantize = GumbelCodebook(config.codes, embed, z)
        else:
            self.quantize = Gaussian(embed)
        before = (z, z) if config.kind == "gumbel" else (double * z, double * embed)
        self.quant_conv = nn.Conv2d(*before, 1) if config.quant_conv else nn.Identity()
        self.post_quant_conv = nn.Conv2d(embed, z, 1) if config.quant_conv else nn.Identity()

    def features(self, image: Tensor) -> Tensor:
        """Return what enters the bottleneck."""
        out: Tensor = self.quant_conv(self.encoder(image))
        return out

    def encode(self, image: Tensor) -> Tensor:
        """Return the latent of a picture."""
        return self.quantize.code(self.features(image))

    def decode(self, latent: Tensor) -> Tensor:
        """Return the picture of a latent."""
        return self.reconstruct(self.quantize.snap(latent))

    def reconstruct(self, code: Tensor) -> Tensor:
        """Return the picture of what came out of the bottleneck, without snapping it again."""
        out: Tensor = self.decoder(self.post_quant_conv(code))
        return out

    def project(self, latent: Tensor) -> Tensor:
        """Return `latent` clamped to the range of the codebook, channel by channel."""
        return self.quantize.clamp(latent)

    def sample(
        self, seed: int, height: int, width: int, words: Sequence[str] = (), truncation: float = 1.0
    ) -> Tensor:
        """Return the latent of a random picture of `height` x `width`: random codes, or a Gaussian.

        `words` are not listened to; `truncation` scales towards the middle of the latent space.

        Shape: (1, embed_dim, ceil(height / factor), ceil(width / factor)), on the CPU.
        """
        generator = torch.Generator().manual_seed(seed_for(seed, "latent"))
        rows, columns = -(-height // self.factor), -(-width // self.factor)
        return self.quantize.draw(rows, columns, truncation, generator)
