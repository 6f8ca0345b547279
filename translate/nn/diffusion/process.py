"""The forward process, and networks of every kind as denoisers.

Pictures are written as x = x0 + sigma n, n standard normal ("variance exploding": Karras et al.
2022, "EDM"). A denoiser is a function of (x, sigma) that returns its estimate of x0; samplers know
nothing else. A variance-preserving x_t = sqrt(a) x0 + sqrt(1 - a) n, where `a` is the cumulative
product of 1 - beta (Ho et al. 2020, eq. 4), is x / sqrt(1 + sigma^2) with
sigma^2 = (1 - a) / a (Song et al. 2021, "DDIM", eq. 13).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""(x (B, C, H, W), sigma (B,)) -> x0 (B, C, H, W)."""
Prediction = Literal["epsilon", "x0", "v"]


def expand(values: Tensor, like: Tensor) -> Tensor:
    """Return `values` (B,) shaped so that they broadcast over `like` (B, ...)."""
    return values.reshape(-1, *[1] * (like.ndim - 1))


def add_noise(x0: Tensor, sigma: Tensor, noise: Tensor) -> Tensor:
    """Return x0 + sigma n. Shape: x0, noise: (B, ...); sigma: (B,)."""
    return x0 + expand(sigma, x0) * noise


def q_sample(x0: Tensor, alpha_bar: Tensor, noise: Tensor) -> Tensor:
    """Return a sample of q(x_t | x_0): mean sqrt(a) x0, variance 1 - a (Ho et al. 2020, eq. 4)."""
    a = expand(alpha_bar, x0)
    return a.sqrt() * x0 + (1 - a).sqrt() * noise


def to_x0(prediction: Tensor, kind: Prediction, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """Return the x0 that a network's output stands for.

    epsilon: Ho et al. 2020, eq. 15. v = sqrt(a) n - sqrt(1 - a) x0: Salimans and Ho 2022,
    appendix D. x_t: (B, ...), variance preserving; alpha_bar: (B,).
    """
    a = expand(alpha_bar, x_t)
    if kind == "epsilon":
        return (x_t - (1 - a).sqrt() * prediction) / a.sqrt()
    if kind == "v":
        return a.sqrt() * x_t - (1 - a).sqrt() * prediction
    return prediction


def from_x0(x0: Tensor, kind: Prediction, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """Return what a network of that kind should say: the inverse of `to_x0`."""
    a = expand(alpha_bar, x_t)
    noise = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    if kind == "epsilon":
        return noise
    return a.sqrt() * noise - (1 - a).sqrt() * x0 if kind == "v" else x0


def preserving(
    predict: Callable[[Tensor, Tensor], Tensor], kind: Prediction = "epsilon", clip: float = 0.0
) -> Denoiser:
    """Return a denoiser from a variance-preserving network.

    Args:
        predict: (x_t, alpha_bar (B,)) -> the network's prediction.
        kind: what it predicts.
        clip: bound of the estimate, as published samplers clip to [-1, 1]; 0 = none.
    """

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        alpha_bar = 1 / (1 + sigma**2)
        x_t = x * expand(alpha_bar, x).sqrt()
        x0 = to_x0(predict(x_t, alpha_bar), kind, x_t, alpha_bar)
        return x0.clamp(-clip, clip) if clip else x0

    return denoise


def precondition(
    net: nn.Module, x: Tensor, sigma: Tensor, condition: Tensor, features: Tensor | None = None
) -> Tensor:
    """Return our network's estimate of x0, for data of unit variance.

    EDM, Table 1 and eq. 7: x0 = c_skip x + c_out F(c_in x), here with `condition` beside x in the
    network's input.

    Shape:
        x: (B, C, H, W). sigma: (B,). condition: (B, K, H, W). Returns (B, C, H, W), float32.
    """
    variance = expand(sigma, x) ** 2 + 1
    inputs = torch.cat([x / variance.sqrt(), condition], 1)
    raw: Tensor = net(inputs.to(_dtype(net)), sigma, features).float()
    return x / variance + expand(sigma, x) / variance.sqrt() * raw


def denoiser(net: nn.Module, condition: Tensor, features: Tensor | None = None) -> Denoiser:
    """Return our network with its condition bound, as samplers want it."""
    return lambda x, sigma: precondition(net, x, sigma, condition, features)


def mean_estimate(
    net: nn.Module, like: Tensor, condition: Tensor, features: Tensor | None = None
) -> Tensor:
    """Return the estimate of x0 from no picture at all: x = 0 at `NO_SIGNAL`.

    Where training gave the network such inputs, this is the mean (or median, as the loss was) of
    x0 given the condition, in one evaluation.
    """
    sigma = torch.full((len(like),), NO_SIGNAL, device=like.device)
    return precondition(net, torch.zeros_like(like), sigma, condition, features)


NO_SIGNAL = 80.0
"""The noise level that stands for "nothing is known of the picture" (EDM's sigma_max)."""


def training_levels(
    count: int, mean: float, spread: float, blind: float, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Draw noise levels to train at: ln sigma is normal (EDM, Table 1), a share of them blind.

    `blind` is the share of the items that shall see no picture at all, at `NO_SIGNAL`.

    Returns:
        sigma (B,), and which items are blind (B,), boolean.
    """
    sigma = (torch.randn(count, device=device) * spread + mean).exp()
    hidden = torch.arange(count, device=device) < round(count * blind)
    return torch.where(hidden, torch.full_like(sigma, NO_SIGNAL), sigma), hidden


def drop_condition(condition: Tensor, share: float) -> Tensor:
    """Return conditions of which about a `share` is hidden, as zeros.

    A network that has seen both can be guided (Ho and Salimans 2022, algorithm 1).
    """
    if share == 0:
        return condition
    kept = torch.rand(len(condition), device=condition.device) >= share
    return condition * expand(kept, condition)


def weighted_error(
    net: nn.Module,
    x0: Tensor,
    levels: tuple[Tensor, Tensor],
    condition: Tensor,
    features: Tensor | None = None,
    within: Tensor | None = None,
) -> Tensor:
    """Return the network's error at x0, weighted by 1 / c_out (EDM, eq. 8, before squaring).

    Blind items see x = 0 instead of noise. `within` (B, 1, H, W) is where there is noise at all:
    1 in a hole, 0 where x0 is known and is 0.

    Shape:
        x0: (B, C, H, W), unit variance. Returns the same shape.
    """
    sigma, hidden = levels
    noise = torch.randn_like(x0) if within is None else torch.randn_like(x0) * within
    noisy = add_noise(x0, sigma, noise) * ~expand(hidden, x0)
    error = precondition(net, noisy, sigma, condition, features) - x0
    s = expand(sigma, x0)
    return error * (s**2 + 1).sqrt() / s


def _dtype(net: nn.Module) -> torch.dtype:
    return next(net.parameters()).dtype
