"""Adversarial losses, and the history of pictures that a discriminator is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

GanMode = Literal["lsgan", "vanilla", "wgangp"]


def gan_loss(mode: GanMode, logits: Tensor, real: bool) -> Tensor:
    """Return how far `logits` are from judging their pictures real (or not).

    "lsgan": least squares (Mao et al. 2017); "vanilla": cross entropy (Goodfellow et al. 2014);
    "wgangp": the critic's mean (Arjovsky et al. 2017, equation 2). Computed in float32.
    """
    logits = logits.float()
    if mode == "wgangp":
        return -logits.mean() if real else logits.mean()
    target = torch.full_like(logits, float(real))
    if mode == "lsgan":
        return F.mse_loss(logits, target)
    return F.binary_cross_entropy_with_logits(logits, target)


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, weight: float = 10.0
) -> Tensor:
    """Return the penalty on a critic whose gradient's norm is not 1 between `real` and `fake`.

    Gulrajani et al. 2017, equation 3. Both pictures have one shape, and no gradient reaches them.
    """
    share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
    between = torch.lerp(fake.detach(), real.detach(), share).requires_grad_()
    (gradient,) = torch.autograd.grad(
        critic(between).float().sum(), between, create_graph=True, retain_graph=True
    )
    norms = (gradient.float().flatten(1) + 1e-16).norm(2, dim=1)
    penalty: Tensor = weight * (norms - 1).square().mean()
    return penalty


class ImagePool:
    """The last pictures that a generator made; the discriminator sees old ones half of the time.

    Shrivastava et al. 2017, section 2.3. With `size` 0 it passes pictures through. What it holds
    is part of a run's state, so it has state_dict and load_state_dict.
    """

    def __init__(self, size: int = 50) -> None:
        self.size = size
        self.pictures: list[Tensor] = []

    def __call__(self, pictures: Tensor) -> Tensor:
        """Return as many pictures as given: new ones, or ones kept from before.

        Shape: (B, C, H, W) -> (B, C, H, W), detached.
        """
        pictures = pictures.detach()
        if not self.size:
            return pictures
        return torch.stack([self._swap(picture) for picture in pictures])

    def _swap(self, picture: Tensor) -> Tensor:
        if len(self.pictures) < self.size:
            self.pictures.append(picture.clone())
            return picture
        if torch.rand(()).item() < 0.5:
            return picture
        place = int(torch.randint(self.size, ()).item())
        kept = self.pictures[place]
        self.pictures[place] = picture.clone()
        # A checkpoint brings them back on the CPU.
        return kept.to(picture.device)

    def state_dict(self) -> dict[str, Any]:
        """Return what the pool holds."""
        return {"pictures": list(self.pictures)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what another pool held."""
        self.pictures = list(state["pictures"])
