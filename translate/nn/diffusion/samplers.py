"""Samplers as functions of (model, x, sigmas), in the manner of k-diffusion.

`model` is a `process.Denoiser`, `x` (B, C, H, W) a picture with noise of size `sigmas[0]`, and
`sigmas` falls to 0. What is returned has the noise of the last sigma. Random samplers ask `noise`,
a function of the step's index, for standard normal noise of the shape of `x`, so that the caller
decides what it depends on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor

from translate.nn.diffusion.process import Denoiser

Noise = Callable[[int], Tensor]
Sampler = Callable[[Denoiser, Tensor, Tensor], Tensor]


def ddpm(model: Denoiser, x: Tensor, sigmas: Tensor, noise: Noise) -> Tensor:
    """Sample the posteriors q(x_{t-1} | x_t, x0) one after the other (Ho et al. 2020, eq. 6, 7)."""
    for step, (now, then) in enumerate(_pairs(sigmas)):
        x0 = _estimate(model, x, now)
        bar, before = 1 / (1 + now**2), 1 / (1 + then**2)
        beta = 1 - bar / before
        x_t = x * bar**0.5
        mean = before**0.5 * beta * x0 + (1 - beta) ** 0.5 * (1 - before) * x_t
        variance = (1 - before) / (1 - bar) * beta
        x = mean / (1 - bar) / before**0.5
        if then > 0:
            x = x + (variance / before) ** 0.5 * noise(step)
    return x


def ddim(
    model: Denoiser, x: Tensor, sigmas: Tensor, eta: float = 0.0, noise: Noise | None = None
) -> Tensor:
    """Step towards the estimate (Song et al. 2021, eq. 12 and 16, in x / sqrt(alpha-bar)).

    `eta` = 0 is deterministic, which is Euler's method on the probability flow; `eta` = 1 is
    DDPM. `noise` is needed for `eta` > 0.
    """
    for step, (now, then) in enumerate(_pairs(sigmas)):
        x0 = _estimate(model, x, now)
        fresh = eta * then * (1 - (then / now) ** 2) ** 0.5
        x = x0 + (then**2 - fresh**2) ** 0.5 / now * (x - x0)
        if fresh > 0 and noise is not None:
            x = x + fresh * noise(step)
    return x


def dpmpp_2m(model: Denoiser, x: Tensor, sigmas: Tensor) -> Tensor:
    """Solve the probability flow by DPM-Solver++(2M): one evaluation a step, second order.

    Lu et al. 2022, "DPM-Solver++", algorithm 2, with lambda = -ln sigma and alpha = 1. The first
    step, and the last one where sigma falls to 0, are of first order.
    """
    last: tuple[Tensor, float] | None = None
    for now, then in _pairs(sigmas):
        x0 = _estimate(model, x, now)
        if then == 0:
            return x0
        width = _log_ratio(now, then)
        blend = x0
        if last is not None:
            r = last[1] / width
            blend = x0 + (x0 - last[0]) / (2 * r)
        x = then / now * x + (1 - then / now) * blend
        last = x0, width
    return x


def heun(model: Denoiser, x: Tensor, sigmas: Tensor) -> Tensor:
    """Solve the probability flow by Heun's method (EDM, algorithm 1): two evaluations a step."""
    for now, then in _pairs(sigmas):
        slope = (x - _estimate(model, x, now)) / now
        ahead = x + (then - now) * slope
        if then > 0:
            slope = (slope + (ahead - _estimate(model, ahead, then)) / then) / 2
            ahead = x + (then - now) * slope
        x = ahead
    return x


def guided(conditional: Denoiser, unconditional: Denoiser, scale: float) -> Denoiser:
    """Return a denoiser pushed away from the unconditional estimate.

    Ho and Salimans 2022, "Classifier-free guidance", eq. 6, for x0 instead of epsilon; there
    w = scale - 1. 1 = the conditional alone.
    """

    def model(x: Tensor, sigma: Tensor) -> Tensor:
        free = unconditional(x, sigma)
        return free + scale * (conditional(x, sigma) - free)

    return model


def _pairs(sigmas: Tensor) -> Iterator[tuple[float, float]]:
    return pairwise(sigmas.tolist())


def _estimate(model: Denoiser, x: Tensor, sigma: float) -> Tensor:
    return model(x, torch.full((len(x),), sigma, device=x.device))


def _log_ratio(now: float, then: float) -> float:
    """Return the step's width in lambda = -ln sigma."""
    return math.log(now / then)
