"""Muon: momentum whose steps turn all directions of a weight matrix alike.

Adam on the weights of convolutions spends most of a step on a few directions that the gradients
share; Muon makes the momentum of each matrix (nearly) orthogonal first (Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon/). A small network on a small budget learns more from
as many pictures: see `docs/decisions/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5

Learned = tuple[Tensor, Tensor]
"""A parameter and its gradient."""


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return matrices with the same singular vectors, and singular values of about 1.

    Five rounds of a Newton-Schulz iteration with Jordan's quintic: values end between 0.7 and
    1.2, which is as good as 1 for a step.

    Shape:
        (N, rows, columns) -> (N, rows, columns).
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x: Tensor = matrices.mT if tall else matrices
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)
    a, b, c = _QUINTIC
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Orthogonalised Nesterov momentum for a network's hidden matrices, Adam for the rest.

    Steps on matrices are scaled to the size of Adam's (Liu et al. 2025, equation 4), so that one
    rate serves both. The weight of a convolution, (out, in, h, w), counts as (out, in h w).

    Args:
        net: the network; parameters that need no gradient are left out.
        lr: rate of both.
        ends: names of the first and last layers in `net`: they are Adam's, as is whatever has one
            dimension.
        momentum: of the matrices.
        betas: of Adam.
    """

    def __init__(
        self,
        net: nn.Module,
        lr: float,
        ends: tuple[str, ...] = (),
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        matrices: list[Tensor] = []
        others: list[Tensor] = []
        for name, parameter in net.named_parameters():
            if parameter.requires_grad:
                inside = parameter.ndim > 1 and name.split(".")[0] not in ends
                (matrices if inside else others).append(parameter)
        groups = [
            {"params": matrices, "orthogonal": True},
            {"params": others, "orthogonal": False},
        ]
        super().__init__(groups, {"lr": lr, "momentum": momentum, "betas": betas})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step by the gradients that are there."""
        for group in self.param_groups:
            learned = [(p, p.grad) for p in group["params"] if p.grad is not None]
            if group["orthogonal"]:
                for alike in _by_shape(learned):
                    self._turn(alike, group)
            else:
                for parameter, gradient in learned:
                    self._adam(parameter, gradient, group)

    def _turn(self, alike: list[Learned], group: dict[str, Any]) -> None:
        """Step parameters of one shape together: many small products are slow one by one."""
        ahead = []
        for parameter, gradient in alike:
            state = self.state[parameter]
            momentum = state.setdefault("momentum", torch.zeros_like(parameter))
            momentum.lerp_(gradient, 1 - group["momentum"])
            ahead.append(gradient.lerp(momentum, group["momentum"]).flatten(1))
        steps = orthogonalised(torch.stack(ahead)) * 0.2 * max(ahead[0].shape) ** 0.5
        for (parameter, _), step in zip(alike, steps, strict=True):
            parameter.sub_(step.view_as(parameter), alpha=group["lr"])

    def _adam(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        first, second = group["betas"]
        if not state:
            state |= {"mean": torch.zeros_like(parameter), "square": torch.zeros_like(parameter)}
        state["count"] = state.get("count", 0) + 1
        state["mean"].lerp_(gradient, 1 - first)
        state["square"].lerp_(gradient.square(), 1 - second)
        mean = state["mean"] / (1 - first ** state["count"])
        square = state["square"] / (1 - second ** state["count"])
        parameter.sub_(mean / (square.sqrt() + 1e-8), alpha=group["lr"])


def _by_shape(learned: list[Learned]) -> Iterator[list[Learned]]:
    def shape(entry: Learned) -> tuple[int, ...]:
        return tuple(entry[0].shape)

    for _, alike in groupby(sorted(learned, key=shape), key=shape):
        yield list(alike)
