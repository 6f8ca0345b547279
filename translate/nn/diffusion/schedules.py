"""Noise schedules: betas as published models have them, and the sigmas that samplers walk along."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def linear_betas(steps: int, start: float = 1e-4, end: float = 0.02) -> Tensor:
    """Return betas that rise linearly (Ho et al. 2020, section 4). Shape: (steps,), float64."""
    return torch.linspace(start, end, steps, dtype=torch.float64)


def cosine_betas(steps: int, offset: float = 0.008, largest: float = 0.999) -> Tensor:
    """Return betas whose alpha-bar is a squared cosine (Nichol and Dhariwal 2021, eq. 17).

    Shape:
        (steps,), float64.
    """
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    bars = ((t + offset) / (1 + offset) * math.pi / 2).cos() ** 2
    return (1 - bars[1:] / bars[:-1]).clamp(0, largest)


def alpha_bars(betas: Tensor) -> Tensor:
    """Return the cumulative products of 1 - beta (Ho et al. 2020, eq. 4). Shape: (steps,)."""
    return (1 - betas.double()).cumprod(0)


def to_sigmas(bars: Tensor) -> Tensor:
    """Return sqrt((1 - a) / a), the noise beside a signal of size 1 (Song et al. 2021, eq. 13)."""
    return ((1 - bars) / bars).sqrt()


def spaced(table: Tensor, count: int) -> Tensor:
    """Return `count` of a trained model's sigmas, evenly spaced in steps, falling, then 0.

    Args:
        table: (steps,), rising, as `to_sigmas(alpha_bars(betas))` gives them.
        count: evaluations of the network; no more than there are steps.

    Shape:
        (count + 1,), float32.
    """
    picks = torch.linspace(len(table) - 1, 0, min(count, len(table))).round().long()
    return torch.cat([table[picks], table.new_zeros(1)]).float()


def karras_sigmas(count: int, low: float, high: float, rho: float = 7.0) -> Tensor:
    """Return sigmas from `high` to `low`, denser where small, then 0 (EDM, eq. 5).

    Shape:
        (count + 1,), float32.
    """
    ramp = torch.linspace(0, 1, count, dtype=torch.float64)
    top, bottom = high ** (1 / rho), low ** (1 / rho)
    return torch.cat([(top + ramp * (bottom - top)) ** rho, ramp.new_zeros(1)]).float()
