"""Palette (Saharia et al. 2022) as Janspiry's implementation saves it: guided-diffusion's U-Net."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from translate.nn.diffusion.blocks import Op, Plain, Residual, Rung
from translate.nn.diffusion.published.attention import NormedAttention
from translate.nn.diffusion.published.reader import Reader
from translate.nn.diffusion.unet import UNet

_GROUPS = 32


class GammaEmbedding(nn.Module):
    """Cosines and sines of gamma (the cumulative alpha) through an MLP."""

    def __init__(self, width: int, mlp: nn.Module) -> None:
        super().__init__()
        self.width, self.mlp = width, mlp

    def forward(self, gamma: Tensor) -> Tensor:
        """Return the embedding of gammas (B,)."""
        half = self.width // 2
        ramp = torch.arange(half, device=gamma.device) / half
        angles = gamma.float()[:, None] * (-math.log(10000) * ramp).exp()
        waves = torch.cat([angles.cos(), angles.sin()], 1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))  # type: ignore[no-any-return]


def build(reader: Reader, head_channels: int) -> UNet:
    """Return the network; `head_channels` (32 unless trained otherwise) is not in the file."""
    root = "denoise_fn."
    mlp = nn.Sequential(
        reader.linear(f"{root}cond_embed.0"), nn.SiLU(), reader.linear(f"{root}cond_embed.2")
    )
    width = reader.shape(f"{root}cond_embed.0")[1]
    count = reader.count(f"{root}input_blocks")
    per_level = _blocks_per_level(reader, root, count)
    downs = [Rung(Plain(reader.conv(f"{root}input_blocks.0.0")), gives=True)]
    for index in range(1, count):
        halves = index % (per_level + 1) == 0
        parts = _parts(reader, f"{root}input_blocks.{index}", head_channels, halves=halves)
        downs.append(Rung(*parts, gives=True))
    mid = Rung(*_parts(reader, f"{root}middle_block", head_channels))
    ups = [
        Rung(*_parts(reader, f"{root}output_blocks.{index}", head_channels), takes=True)
        for index in range(count)
    ]
    head = nn.Sequential(
        reader.norm(f"{root}out.0", _GROUPS), nn.SiLU(), reader.conv(f"{root}out.2")
    )
    reader.finish(root)
    return UNet(GammaEmbedding(width, mlp), nn.Identity(), downs, [mid], ups, head)


def _blocks_per_level(reader: Reader, root: str, count: int) -> int:
    """Return the residual blocks of a level: an up-sampling block ends each level going up."""
    for index in range(count):
        parts = reader.count(f"{root}output_blocks.{index}")
        last = f"{root}output_blocks.{index}.{parts - 1}.in_layers.0"
        if parts > 1 and reader.has(last):
            return index
    return count


def _parts(reader: Reader, name: str, head_channels: int, halves: bool = False) -> list[Op]:
    """Return what a block consists of; a second residual block in an output block doubles."""
    parts: list[Op] = []
    for index in range(reader.count(name)):
        part = f"{name}.{index}"
        if reader.has(f"{part}.qkv"):
            parts.append(_attention(reader, part, head_channels))
        else:
            doubles = "output_blocks" in name and index > 0
            parts.append(_residual(reader, part, halves, doubles))
    return parts


def _residual(reader: Reader, name: str, halves: bool, doubles: bool) -> Residual:
    resample: nn.Module | None = None
    if halves:
        resample = nn.AvgPool2d(2)
    elif doubles:
        resample = nn.Upsample(scale_factor=2, mode="nearest")
    first = [reader.norm(f"{name}.in_layers.0", _GROUPS), nn.SiLU()]
    first += [resample] if resample is not None else []
    skip = f"{name}.skip_connection"
    return Residual(
        nn.Sequential(*first, reader.conv(f"{name}.in_layers.2")),
        nn.Sequential(nn.SiLU(), reader.linear(f"{name}.emb_layers.1")),
        nn.Sequential(nn.SiLU(), reader.conv(f"{name}.out_layers.3")),
        reader.conv(skip) if reader.has(skip) else nn.Identity(),
        norm=reader.norm(f"{name}.out_layers.0", _GROUPS),
        resample=resample,
    )


def _attention(reader: Reader, name: str, head_channels: int) -> NormedAttention:
    out = reader.conv(f"{name}.proj_out")
    return NormedAttention(
        reader.norm(f"{name}.norm", _GROUPS),
        reader.conv(f"{name}.qkv"),
        out,
        max(1, out.out_channels // head_channels),
    )
