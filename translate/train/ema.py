"""Exponential moving average of weights, in terms of images."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn


class Average:
    """A copy of a network whose weights follow it slowly.

    The weight of what was `half_life` images ago is one half, whatever the batch. Early on the
    half life is a twentieth of the images seen, so that the start is forgotten (Karras et al.
    2020, StyleGAN2-ADA). Running statistics are averaged as the weights are, since they belong
    to them.
    """

    def __init__(self, network: nn.Module, half_life: int) -> None:
        self.module = copy.deepcopy(network).eval().requires_grad_(False)
        self.half_life = half_life

    @torch.no_grad()
    def update(self, network: nn.Module, seen: int, step: int) -> None:
        """Move towards `network`, which has seen `step` images more, `seen` in all."""
        keep = 0.5 ** (step / max(min(self.half_life, seen / 20), 1e-8))
        ours, theirs = self.module.state_dict(), network.state_dict()
        floats = [key for key, value in ours.items() if value.is_floating_point()]
        if floats:
            torch._foreach_lerp_([ours[k] for k in floats], [theirs[k] for k in floats], 1 - keep)
        for key in ours.keys() - set(floats):
            ours[key].copy_(theirs[key])

    def state_dict(self) -> dict[str, Any]:
        """Return the averaged weights."""
        return self.module.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to averaged weights."""
        self.module.load_state_dict(state)
