"""A judge that sees pictures through a trained network (Sauer et al. 2021, Projected GANs)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from translate.measure.features import Features
from translate.nn.mobilenet import SHOWN_CHANNELS


class _Head(nn.Module):
    """Judges one mixed map: one logit a picture, the mean over positions."""

    def __init__(self, inputs: int, width: int, words: int) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(inputs, width, 3, padding=1))
        self.second = spectral_norm(nn.Conv2d(width, width, 3, padding=1))
        self.logit = spectral_norm(nn.Conv2d(width, 1, 1))
        self.embed = spectral_norm(nn.Linear(words, width)) if words else None

    def forward(self, x: Tensor, bags: Tensor | None) -> Tensor:
        h = F.leaky_relu(self.first(x), 0.2)
        h = F.leaky_relu(self.second(h), 0.2)
        logit: Tensor = self.logit(h).float().mean((1, 2, 3))
        if self.embed is not None and bags is not None:
            logit = logit + (self.embed(bags) * h.mean((2, 3))).float().sum(1)
        return logit


class ProjectedDiscriminator(nn.Module):
    """Four small judges of a frozen MobileNetV2's maps.

    The maps are mixed by fixed random convolutions, across channels and from coarse to fine
    (section 3.2), so that no judge can live on the few features that tell most.

    Shape:
        picture (B, 3, H, W) in [-1, 1], bags (B, words) -> (B, 4), a logit of each judge.
    """

    def __init__(self, features: Features, width: int = 64, words: int = 0) -> None:
        super().__init__()
        self.seen = features.maps
        self.heads = nn.ModuleList(_Head(width, width, words) for _ in SHOWN_CHANNELS)
        self.mixes = nn.ModuleList(nn.Conv2d(c, width, 1, bias=False) for c in SHOWN_CHANNELS)
        self.blends = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in SHOWN_CHANNELS
        )
        for fixed in (*self.mixes, *self.blends):
            nn.init.kaiming_normal_(fixed.weight, nonlinearity="linear")
            fixed.requires_grad_(False)

    def forward(self, picture: Tensor, bags: Tensor | None = None) -> Tensor:
        """Return the logits, in float32."""
        maps = self.seen((picture.float() + 1) / 2)
        logits, above = [], None
        judges = zip(maps, self.mixes, self.blends, self.heads, strict=True)
        for found, mix, blend, head in reversed(list(judges)):
            x = mix(found)
            if above is not None:
                above = F.interpolate(above, x.shape[-2:], mode="bilinear", align_corners=False)
                x = (x + above) * math.sqrt(0.5)
            above = blend(x)
            logits.append(head(above, bags))
        return torch.stack(logits, 1)
