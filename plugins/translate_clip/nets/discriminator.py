"""A judge of whole pictures, with a projection for the words they should show."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate_clip.nets.stylegan import ScaledConv, ScaledLinear


class _Halving(nn.Module):
    """Residual block that halves the picture (Karras et al. 2020, figure 7c)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = ScaledConv(inputs, inputs, 3)
        self.second = ScaledConv(inputs, outputs, 3)
        self.skip = ScaledConv(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = F.leaky_relu(self.first(x), 0.2) * math.sqrt(2)
        h = F.leaky_relu(self.second(F.avg_pool2d(h, 2)), 0.2) * math.sqrt(2)
        return torch.add(self.skip(F.avg_pool2d(x, 2)), h) / math.sqrt(2)


class Discriminator(nn.Module):
    """One logit a picture; with words, how well it shows them (Miyato & Koyama 2018).

    Shape:
        picture (B, colours, resolution, resolution) in [-1, 1], bags (B, words) -> (B,).
    """

    def __init__(
        self, resolution: int, colours: int, width: int, max_width: int = 256, words: int = 0
    ) -> None:
        super().__init__()
        count = int(math.log2(resolution)) - 2
        widths = [min(width * 2**i, max_width) for i in range(count + 1)]
        self.start = ScaledConv(colours, width, 1)
        self.blocks = nn.Sequential(*(_Halving(a, b) for a, b in pairwise(widths)))
        self.last = ScaledConv(widths[-1] + 1, widths[-1], 3)
        self.hidden = ScaledLinear(widths[-1] * 16, widths[-1])
        self.logit = ScaledLinear(widths[-1], 1)
        self.embed = ScaledLinear(words, widths[-1]) if words else None

    def forward(self, picture: Tensor, bags: Tensor | None = None) -> Tensor:
        """Return the logits, in float32."""
        x = self.blocks(F.leaky_relu(self.start(picture), 0.2) * math.sqrt(2))
        x = F.leaky_relu(self.last(_with_deviation(x)), 0.2) * math.sqrt(2)
        x = F.leaky_relu(self.hidden(x.flatten(1)), 0.2) * math.sqrt(2)
        logit: Tensor = self.logit(x)[:, 0].float()
        if self.embed is not None and bags is not None:
            logit = logit + (self.embed(bags) * x).float().mean(1) * math.sqrt(x.shape[1])
        return logit


def _with_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Return x with the deviation within groups of the batch as one more channel.

    It lets the judge see a lack of variety (Karras et al. 2018, section 3).
    """
    size = math.gcd(len(x), group)
    grouped = x.float().view(size, -1, *x.shape[1:])
    deviation = (grouped.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    plane = deviation.repeat(size).view(-1, 1, 1, 1).expand(-1, 1, *x.shape[2:])
    return torch.cat([x, plane.to(x)], 1)
