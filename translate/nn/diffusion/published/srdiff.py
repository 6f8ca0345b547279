"""SRDiff (Li et al. 2022) as its authors save it: a U-Net on the features of an RRDB net."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.nn.diffusion.blocks import Plain, Residual, Rung
from translate.nn.diffusion.published.reader import Reader
from translate.nn.diffusion.unet import UNet


class StepEmbedding(nn.Module):
    """Sines and cosines of the time step through an MLP."""

    def __init__(self, width: int, mlp: nn.Module) -> None:
        super().__init__()
        self.width, self.mlp = width, mlp

    def forward(self, step: Tensor) -> Tensor:
        """Return the embedding of time steps (B,)."""
        half = self.width // 2
        ramp = torch.arange(half, device=step.device) / (half - 1)
        angles = step.float()[:, None] * (-math.log(10000) * ramp).exp()
        waves = torch.cat([angles.sin(), angles.cos()], 1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))  # type: ignore[no-any-return]


def build(reader: Reader) -> UNet:
    """Return the network; its features are those of `Rrdb`, and it sees nothing else."""
    root = "denoise_fn."
    mlp = nn.Sequential(reader.linear(f"{root}mlp.0"), nn.Mish(), reader.linear(f"{root}mlp.2"))
    width = reader.shape(f"{root}mlp.0")[1]
    downs, ups = [], []
    for index in range(reader.count(f"{root}downs")):
        name = f"{root}downs.{index}"
        downs.append(Rung(*_pair(reader, name), gives=index > 0))
        if reader.has(f"{name}.2.conv.1"):
            shrink = reader.conv(f"{name}.2.conv.1", stride=2, padding=0)
            downs.append(Rung(Plain(nn.Sequential(nn.ReflectionPad2d(1), shrink))))
    for index in range(reader.count(f"{root}ups")):
        name = f"{root}ups.{index}"
        ups.append(Rung(*_pair(reader, name), takes=True))
        if reader.has(f"{name}.2.conv.0"):
            ups.append(Rung(Plain(reader.transposed(f"{name}.2.conv.0", stride=2))))
    mid = [Rung(_residual(reader, f"{root}mid_block{index}")) for index in (1, 2)]
    head = nn.Sequential(*_half(reader, f"{root}final_conv.0"), reader.conv(f"{root}final_conv.1"))
    project = reader.transposed(
        f"{root}cond_proj", stride=reader.shape(f"{root}cond_proj")[-1] // 2
    )
    reader.finish(root)
    return UNet(
        StepEmbedding(width, mlp), nn.Identity(), downs, mid, ups, head, project, feature_entry=0
    )


def _pair(reader: Reader, name: str) -> tuple[Residual, Residual]:
    return _residual(reader, f"{name}.0"), _residual(reader, f"{name}.1")


def _residual(reader: Reader, name: str) -> Residual:
    skip = f"{name}.res_conv"
    return Residual(
        _half(reader, f"{name}.block1"),
        nn.Sequential(nn.Mish(), reader.linear(f"{name}.mlp.1")),
        _half(reader, f"{name}.block2"),
        reader.conv(skip) if reader.has(skip) else nn.Identity(),
    )


def _half(reader: Reader, name: str) -> nn.Sequential:
    conv = reader.conv(f"{name}.block.1", padding=0)
    return nn.Sequential(nn.ReflectionPad2d(1), conv, nn.Mish())


class Rrdb(nn.Module):
    """ESRGAN's generator (Wang et al. 2018), which also hands out what its blocks found."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        root = "rrdb."
        trunk = f"{root}RRDB_trunk"
        self.first = reader.conv(f"{root}conv_first")
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                nn.ModuleList(
                    reader.conv(f"{trunk}.{n}.RDB{part}.conv{layer}") for layer in range(1, 6)
                )
                for part in (1, 2, 3)
            )
            for n in range(reader.count(trunk))
        )
        self.last = reader.conv(f"{root}trunk_conv")
        names = [f"{root}upconv{n}" for n in (1, 2, 3)]
        self.ups = nn.ModuleList(reader.conv(name) for name in names if reader.has(name))
        self.large = reader.conv(f"{root}HRconv")
        self.out = reader.conv(f"{root}conv_last")
        reader.finish(root)

    def forward(self, small: Tensor) -> tuple[Tensor, Tensor]:
        """Return every third of its features from the third on, and the picture it makes.

        Shape:
            small: (B, 3, h, w) in [-1, 1]. Returns (B, F, h, w) and (B, 3, factor h, factor w).
        """
        h = start = self.first((small + 1) / 2)
        found = []
        for block in self.blocks:
            h = _dense_blocks(block, h)  # type: ignore[arg-type]
            found.append(h)
        h = start + self.last(h)
        found.append(h)
        for up in self.ups:
            h = F.leaky_relu(up(F.interpolate(h, scale_factor=2.0)), 0.2)
        large = self.out(F.leaky_relu(self.large(h), 0.2))
        return torch.cat(found[2::3], 1), large.clamp(0, 1) * 2 - 1


def _dense_blocks(block: nn.ModuleList, x: Tensor) -> Tensor:
    """Return x plus a fifth of what three residual dense blocks add to it."""
    h = x
    for dense in block:
        seen = [h]
        for layer in list(dense.children())[:4]:
            seen.append(F.leaky_relu(layer(torch.cat(seen, 1)), 0.2))
        h = h + 0.2 * list(dense.children())[4](torch.cat(seen, 1))
    return x + 0.2 * h
