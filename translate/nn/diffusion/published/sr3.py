"""SR3 (Saharia et al. 2021) as Janspiry's implementation saves it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from translate.nn.diffusion.blocks import Op, Plain, Residual, Rung
from translate.nn.diffusion.published.attention import NormedAttention
from translate.nn.diffusion.published.reader import Reader
from translate.nn.diffusion.unet import UNet


class LevelEncoding(nn.Module):
    """Sines and cosines of the noise level sqrt(alpha-bar) through an MLP."""

    def __init__(self, width: int, mlp: nn.Module) -> None:
        super().__init__()
        self.width, self.mlp = width, mlp

    def forward(self, level: Tensor) -> Tensor:
        """Return the embedding of noise levels (B,)."""
        half = self.width // 2
        ramp = torch.arange(half, device=level.device) / half
        angles = level.float()[:, None] * (-math.log(1e4) * ramp).exp()
        waves = torch.cat([angles.sin(), angles.cos()], 1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))  # type: ignore[no-any-return]


def build(reader: Reader, groups: int) -> UNet:
    """Return the network; `groups` of its norms (32, or 16) are not in the file."""
    root = "denoise_fn."
    mlp = nn.Sequential(
        reader.linear(f"{root}noise_level_mlp.1"),
        nn.SiLU(),
        reader.linear(f"{root}noise_level_mlp.3"),
    )
    width = reader.shape(f"{root}noise_level_mlp.1")[1]
    downs = [Rung(Plain(reader.conv(f"{root}downs.0")), gives=True)]
    for index in range(1, reader.count(f"{root}downs")):
        name = f"{root}downs.{index}"
        if reader.has(f"{name}.conv"):
            downs.append(Rung(Plain(reader.conv(f"{name}.conv", stride=2)), gives=True))
        else:
            downs.append(Rung(*_parts(reader, name, groups), gives=True))
    mid = [Rung(*_parts(reader, f"{root}mid.{index}", groups)) for index in range(2)]
    ups = []
    for index in range(reader.count(f"{root}ups")):
        name = f"{root}ups.{index}"
        if reader.has(f"{name}.conv"):
            grow = nn.Sequential(nn.Upsample(scale_factor=2), reader.conv(f"{name}.conv"))
            ups.append(Rung(Plain(grow)))
        else:
            ups.append(Rung(*_parts(reader, name, groups), takes=True))
    head = _half(reader, f"{root}final_conv", groups)
    reader.finish(root)
    return UNet(LevelEncoding(width, mlp), nn.Identity(), downs, mid, ups, head)


def _parts(reader: Reader, name: str, groups: int) -> list[Op]:
    skip = f"{name}.res_block.res_conv"
    parts: list[Op] = [
        Residual(
            _half(reader, f"{name}.res_block.block1", groups),
            reader.linear(f"{name}.res_block.noise_func.noise_func.0"),
            _half(reader, f"{name}.res_block.block2", groups),
            reader.conv(skip) if reader.has(skip) else nn.Identity(),
        )
    ]
    if reader.has(f"{name}.attn.qkv"):
        norm = reader.norm(f"{name}.attn.norm", groups)
        qkv, out = reader.conv(f"{name}.attn.qkv"), reader.conv(f"{name}.attn.out")
        parts.append(NormedAttention(norm, qkv, out, heads=1))
    return parts


def _half(reader: Reader, name: str, groups: int) -> nn.Sequential:
    return nn.Sequential(
        reader.norm(f"{name}.block.0", groups), nn.SiLU(), reader.conv(f"{name}.block.3")
    )
