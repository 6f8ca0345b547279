"""Instance norm and reflection padding that stay in channels_last on the CPU.

PyTorch's own give the same numbers, but copy to NCHW and back (pytorch #72341), which costs a
third of a training step in bfloat16.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class InstanceNorm(nn.InstanceNorm2d):
    """Instance norm, on the CPU as batch norm of one picture after the other."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise each channel of each picture; one pixel is its own mean. Shape: kept."""
        if x.shape[-2:].numel() == 1:
            return torch.zeros_like(x)
        if x.device.type != "cpu":
            return super().forward(x)
        return torch.cat([self._normalised(one) for one in torch.split(x, 1)])

    def _normalised(self, one: Tensor) -> Tensor:
        return F.batch_norm(one, None, None, training=True, eps=self.eps)


class ReflectionPad(nn.ReflectionPad2d):
    """Reflection padding, whose gradient on the CPU is folded back where it lies."""

    def forward(self, x: Tensor) -> Tensor:
        """Pad all four sides alike. Shape: (B, C, H, W) -> (B, C, H + 2p, W + 2p)."""
        if x.device.type == "cpu" and torch.is_grad_enabled() and x.requires_grad:
            padded: Tensor = _Reflect.apply(x, self.padding[0])
            return padded
        return super().forward(x)


class _Reflect(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, margin: int) -> Tensor:
        ctx.margin = margin
        return F.pad(x, (margin,) * 4, mode="reflect")

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        for side in (2, 3):
            gradient = _fold(gradient, side, ctx.margin)
        return gradient, None


def _fold(gradient: Tensor, side: int, margin: int) -> Tensor:
    """Add the margins' gradient to the pixels that they mirror (not the outermost ones)."""
    size = gradient.shape[side] - 2 * margin
    inside = gradient.narrow(side, margin, size).clone()
    inside.narrow(side, 1, margin).add_(gradient.narrow(side, 0, margin).flip(side))
    end = gradient.narrow(side, margin + size, margin).flip(side)
    inside.narrow(side, size - 1 - margin, margin).add_(end)
    return inside
