"""Bottlenecks of an autoencoder: two codebooks and a Gaussian, behind the same five methods."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def nearest(z: Tensor, codebook: Tensor) -> Tensor:
    """Return the index of the codebook entry nearest to each position.

    Shape:
        z: (B, C, H, W); codebook: (N, C); result: (B, H, W), int64.
    """
    # Half precision would confuse neighbouring entries.
    with torch.autocast(z.device.type, enabled=False):
        flat = z.detach().float().movedim(1, -1).flatten(0, 2)
        codes = codebook.detach().float()
        # |z|^2 is the same for every entry, so that it cannot change which is nearest.
        distance = torch.addmm(codes.square().sum(1), flat, codes.T, alpha=-2)
    return distance.argmin(1).view(z.shape[0], *z.shape[2:])


def look_up(indices: Tensor, codebook: Tensor) -> Tensor:
    """Return codebook entries as channels. Shape: (B, H, W) -> (B, C, H, W)."""
    return F.embedding(indices, codebook).movedim(-1, 1)


def straight_through(z: Tensor, code: Tensor) -> Tensor:
    """Return `code`, whose gradient goes to `z` unchanged (Bengio et al. 2013)."""
    return z + (code - z).detach() if z.requires_grad else code


class _Codebook(nn.Module, ABC):
    """What both codebooks share."""

    @property
    @abstractmethod
    def table(self) -> Tensor:
        """The entries. Shape: (N, C)."""

    def snap(self, latent: Tensor) -> Tensor:
        """Return the nearest entries; the gradient passes straight through."""
        code = look_up(nearest(latent, self.table), self.table)
        return straight_through(latent, code.to(latent.dtype))

    def clamp(self, latent: Tensor) -> Tensor:
        """Return `latent` within the codebook's range, channel by channel."""
        low, high = self.table.amin(0), self.table.amax(0)
        return latent.clamp(low[:, None, None], high[:, None, None])

    def draw(
        self, rows: int, columns: int, truncation: float, generator: torch.Generator
    ) -> Tensor:
        """Return random entries, drawn towards their mean by `truncation`, on the CPU."""
        table = self.table.detach().cpu()
        indices = torch.randint(len(table), (1, rows, columns), generator=generator)
        middle = table.mean(0)[:, None, None]
        return torch.lerp(middle, look_up(indices, table), truncation)


class VectorCodebook(_Codebook):
    """Nearest-neighbour codebook (van den Oord et al. 2017)."""

    def __init__(self, codes: int, dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(codes, dim)
        nn.init.uniform_(self.embedding.weight, -1 / codes, 1 / codes)

    @property
    def table(self) -> Tensor:
        """The codebook. Shape: (N, C)."""
        return self.embedding.weight

    def code(self, z: Tensor) -> Tensor:
        """Return the entries that features are moved to."""
        return look_up(nearest(z, self.table), self.table)

    def train_step(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return (code with straight-through gradient, loss, indices).

        The loss is |sg(z) - e|^2 + 0.25 |z - sg(e)|^2 (van den Oord et al. 2017, eq. 3).
        """
        indices = nearest(z, self.table)
        code = look_up(indices, self.table)
        loss = F.mse_loss(code, z.detach()) + 0.25 * F.mse_loss(z, code.detach())
        return straight_through(z, code), loss, indices


class GumbelCodebook(_Codebook):
    """Codebook chosen by Gumbel-softmax over projected features (Jang et al. 2017)."""

    def __init__(self, codes: int, dim: int, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, codes, 1)
        self.embed = nn.Embedding(codes, dim)

    @property
    def table(self) -> Tensor:
        """The codebook. Shape: (N, C)."""
        return self.embed.weight

    def code(self, z: Tensor) -> Tensor:
        """Return the most likely entry of each position."""
        return look_up(self.proj(z).argmax(1), self.table)

    def train_step(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return (soft code, 5e-4 KL to the uniform distribution, indices)."""
        logits = self.proj(z)
        weights = F.gumbel_softmax(logits, tau=1.0, dim=1)
        code = torch.einsum("bnhw,nc->bchw", weights, self.table)
        likely = logits.log_softmax(1)
        divergence = (likely.exp() * (likely + math.log(len(self.table)))).sum(1)
        return code, 5e-4 * divergence.mean(), logits.argmax(1)


class Gaussian(nn.Module):
    """Diagonal Gaussian: features are its mean and log-variance (Kingma & Welling 2014)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def code(self, z: Tensor) -> Tensor:
        """Return the mean."""
        return z[:, : self.dim]

    def snap(self, latent: Tensor) -> Tensor:
        """Return `latent`: every point has a picture."""
        return latent

    def clamp(self, latent: Tensor) -> Tensor:
        """Return `latent`: the space has no edge."""
        return latent

    def draw(
        self, rows: int, columns: int, truncation: float, generator: torch.Generator
    ) -> Tensor:
        """Return normal noise of deviation `truncation`, on the CPU."""
        return truncation * torch.randn(1, self.dim, rows, columns, generator=generator)

    def train_step(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return (a draw, 1e-6 KL to the standard normal summed over a picture, None)."""
        mean, log_variance = z.chunk(2, 1)
        log_variance = log_variance.clamp(-30, 20)
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
        return code, 1e-6 * divergence.sum((1, 2, 3)).mean(), None
