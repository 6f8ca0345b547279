"""Adversarial losses of logits, and the penalty on a judge's gradient."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

GanLoss = Literal["hinge", "non-saturating"]


def judge_loss(kind: GanLoss, real: Tensor, fake: Tensor) -> Tensor:
    """Return what a judge wants small: Lim & Ye 2017 (hinge), Goodfellow et al. 2014."""
    real, fake = real.float(), fake.float()
    if kind == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def maker_loss(kind: GanLoss, fake: Tensor) -> Tensor:
    """Return what a generator wants small."""
    fake = fake.float()
    return -fake.mean() if kind == "hinge" else F.softplus(-fake).mean()


def r1(logits: Tensor, picture: Tensor) -> Tensor:
    """Return half the squared norm of the judge's gradient at real pictures.

    Mescheder et al. 2018, equation 9; `picture` is what `logits` were made of, with gradient.
    """
    (gradient,) = torch.autograd.grad(logits.float().sum(), picture, create_graph=True)
    return 0.5 * gradient.float().square().flatten(1).sum(1).mean()
