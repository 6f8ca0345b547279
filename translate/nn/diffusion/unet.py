"""The skeleton that every conditional U-Net here shares, and ours, which is made for CPUs.

Ours has no normalisation (group norm's backward pass is what a CPU spends a diffusion step on):
residual branches start at zero, and attention normalises its own queries and keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from translate.nn.diffusion.blocks import (
    Attention,
    LevelEmbedding,
    Op,
    Plain,
    Residual,
    Rung,
    start_at_zero,
)


class UNetConfig(BaseModel):
    """Settings of our U-Net; kept inside its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: int = 3
    """Channels of the picture that is denoised."""
    conditions: int = 3
    """Channels of what it is conditioned on, at the picture's size."""
    features: int = 0
    """Channels of an encoder's features that are added behind the stem; 0 = none."""
    patch: int = 2
    """Side of the pixel blocks that the network sees as one position (space to depth)."""
    widths: tuple[int, ...] = (64, 96, 160, 224)
    """Channels per level; each level has half the side of the one before."""
    blocks: int = 1
    """Residual blocks per level on the way down, and again on the way up."""
    attention: bool = True
    """Self-attention at the lowest level."""


class UNet(nn.Module):
    """A U-Net as four lists of rungs; every layout that we read is an instance of it.

    Args:
        embed: what makes the embedding (B, E) of the noise level (B,).
        stem: the first convolution, or an identity.
        feature_entry: index of the rung behind which `features` are added; -1 = behind the stem.
        patch: side of the pixel blocks that are folded into channels before and after.
    """

    def __init__(
        self,
        embed: nn.Module,
        stem: nn.Module,
        downs: Sequence[Rung],
        mid: Sequence[Rung],
        ups: Sequence[Rung],
        head: nn.Module,
        project: nn.Module | None = None,
        feature_entry: int = -1,
        patch: int = 1,
    ) -> None:
        super().__init__()
        self.embed, self.stem, self.head = embed, stem, head
        self.downs, self.mid, self.ups = map(nn.ModuleList, (downs, mid, ups))
        self.project = project
        self.feature_entry, self.patch = feature_entry, patch

    @property
    def multiple_of(self) -> int:
        """Number that both sides of the input must divide by."""
        halvings = sum(1 for rung in self.downs if isinstance(rung, Rung) and _halves(rung))
        return self.patch * int(2**halvings)

    def forward(self, x: Tensor, level: Tensor, features: Tensor | None = None) -> Tensor:
        """Return the raw prediction for `x`, the noisy picture and its conditions.

        Shape:
            x: (B, channels + conditions, H, W). level: (B,). features: (B, F, h, w) that
            `project` brings to the stem's size. Returns (B, channels, H, W).
        """
        embedding = self.embed(level)
        h = self.stem(F.pixel_unshuffle(x, self.patch) if self.patch > 1 else x)
        added = self.project(features) if self.project is not None else None
        if added is not None and self.feature_entry < 0:
            h = h + added
        skips = []
        for index, rung in enumerate(self.downs):
            h = rung(h, embedding)
            if added is not None and index == self.feature_entry:
                h = h + added
            if rung.gives:
                skips.append(h)
        for rung in self.mid:
            h = rung(h, embedding)
        for rung in self.ups:
            h = rung(torch.cat([h, skips.pop()], 1) if rung.takes else h, embedding)
        h = self.head(h)
        return F.pixel_shuffle(h, self.patch) if self.patch > 1 else h


def _halves(rung: Rung) -> bool:
    return any(getattr(m, "stride", None) in (2, (2, 2)) for m in rung.modules())


def _residual(channels: int, out: int, embedding: int) -> Residual:
    """Return our block: no norm at all; the branch says nothing at first."""
    film, second = nn.Linear(embedding, 2 * out), nn.Conv2d(out, out, 3, padding=1)
    start_at_zero(film, second)
    return Residual(
        nn.Sequential(nn.SiLU(), nn.Conv2d(channels, out, 3, padding=1)),
        film,
        nn.Sequential(nn.SiLU(), second),
        nn.Conv2d(channels, out, 1) if channels != out else nn.Identity(),
        norm=nn.Identity(),
    )


def build_unet(config: UNetConfig) -> UNet:
    """Return our U-Net of that configuration, with fresh weights."""
    width, area = 2 * config.widths[0], config.patch**2
    now = config.widths[0]
    kept, downs, ups = [], [], []
    for index, out in enumerate(config.widths):
        if index:
            downs.append(Rung(Plain(nn.Conv2d(now, out, 3, stride=2, padding=1))))
            now = out
        for _ in range(config.blocks):
            downs.append(Rung(_residual(now, now, width), gives=True))
            kept.append(now)
    middle: list[Op] = [_residual(now, now, width)]
    if config.attention:
        middle += [Attention(now), _residual(now, now, width)]
    for index, out in reversed(list(enumerate(config.widths))):
        for _ in range(config.blocks):
            ups.append(Rung(_residual(now + kept.pop(), out, width), takes=True))
            now = out
        if index:
            ups.append(Rung(Plain(nn.Upsample(scale_factor=2, mode="nearest"))))
    head = nn.Conv2d(now, config.channels * area, 3, padding=1)
    start_at_zero(head)
    stem = nn.Conv2d((config.channels + config.conditions) * area, config.widths[0], 3, padding=1)
    project = nn.Conv2d(config.features, config.widths[0], 1) if config.features else None
    return UNet(
        LevelEmbedding(width), stem, downs, [Rung(*middle)], ups, head, project, patch=config.patch
    )
