"""Parts that U-Nets are put together from, whatever the layout."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Op(nn.Module, ABC):
    """Part of a rung: `forward(x, embedding)`, where most parts leave the embedding alone."""

    @abstractmethod
    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return x, changed. Shape: x: (B, C, H, W); embedding: (B, E)."""


class Plain(Op):
    """A module that takes no embedding."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return what the module makes of x."""
        return self.module(x)  # type: ignore[no-any-return]


class Rung(nn.Module):
    """Some parts in a row, between two places where a skip connection may branch off or come in."""

    def __init__(self, *ops: Op, gives: bool = False, takes: bool = False) -> None:
        super().__init__()
        self.ops = nn.ModuleList(ops)
        self.gives, self.takes = gives, takes

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return x after all parts."""
        for op in self.ops:
            x = op(x, embedding)
        return x


class LevelEmbedding(nn.Module):
    """Sines and cosines of ln(sigma) / 4 (Karras et al. 2022, Table 1) through a small MLP."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )

    def forward(self, sigma: Tensor) -> Tensor:
        """Return the embedding (B, width) of noise levels (B,)."""
        frequencies = torch.logspace(-1, 2, 32, device=sigma.device) * math.pi / 4
        angles = sigma.float().log()[:, None] / 4 * frequencies
        waves = torch.cat([angles.sin(), angles.cos()], 1)
        weight = next(self.mlp.parameters())
        return self.mlp(waves.to(weight.dtype))  # type: ignore[no-any-return]


class Residual(Op):
    """A residual block: the embedding comes in between its two halves.

    Args:
        first: the first half of the branch.
        film: (B, E) -> (B, C) that is added, or (B, 2 C) where there is a `norm`.
        second: the second half.
        skip: what the branch is added to.
        norm: what the first half goes through before it is scaled and shifted by the embedding.
        resample: what changes the size beside the branch, where `first` changes it within.
    """

    def __init__(
        self,
        first: nn.Module,
        film: nn.Module,
        second: nn.Module,
        skip: nn.Module,
        norm: nn.Module | None = None,
        resample: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.first, self.film, self.second, self.skip = first, film, second, skip
        self.norm, self.resample = norm, resample

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return x, resampled and projected, plus the branch."""
        told = self.film(embedding)[:, :, None, None]
        h = self.first(x)
        if self.norm is None:
            h = h + told
        else:
            scale, shift = told.chunk(2, 1)
            h = torch.addcmul(shift, self.norm(h), 1 + scale)
        x = x if self.resample is None else self.resample(x)
        return self.skip(x) + self.second(h)  # type: ignore[no-any-return]


class Attention(Op):
    """Self-attention over positions with cosine similarity, heads of about 32 channels."""

    HEAD = 32

    def __init__(self, channels: int) -> None:
        super().__init__()
        most = max(1, channels // self.HEAD)
        self.heads = next(n for n in range(most, 0, -1) if channels % n == 0)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        start_at_zero(self.out)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return x plus what its positions gather from each other."""
        b, c, height, width = x.shape
        tokens = self.qkv(x).reshape(b, 3, self.heads, -1, height * width).transpose(-1, -2)
        q, k, v = tokens.unbind(1)
        q, k = F.normalize(q, dim=-1) * math.sqrt(c // self.heads), F.normalize(k, dim=-1)
        h = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(h.transpose(-1, -2).reshape(b, c, height, width))  # type: ignore[no-any-return]


def start_at_zero(*layers: nn.Linear | nn.Conv2d) -> None:
    """Make layers say nothing until they have learned to."""
    for layer in layers:
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)
