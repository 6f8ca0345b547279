"""Fréchet distance between two sets of features (Heusel et al. 2017, eq. 6)."""

from __future__ import annotations

import torch
from torch import Tensor

from translate.measure.wide import wide


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Return the squared Fréchet distance of the Gaussians fitted to features (N, D), (M, D).

    |mean_a - mean_b|^2 + tr(A) + tr(B) - 2 tr((A B)^(1/2)) with covariances A and B. The last
    term is the nuclear norm of the product of the centred sets (the eigenvalues of A B are its
    squared singular values), so no D x D root is taken and few pictures do no harm to accuracy.
    It is no FID unless the features are those of the FID's Inception, and few pictures bias it
    upwards: compare only figures of equal N, M and features.

    Raises:
        ValueError: a set has fewer than 2 members.
    """
    if min(len(a), len(b)) < 2:
        raise ValueError("a Fréchet distance needs at least 2 pictures on each side")
    first, second = wide(a), wide(b)
    means = first.mean(0) - second.mean(0)
    first = (first - first.mean(0)) / (len(a) - 1) ** 0.5
    second = (second - second.mean(0)) / (len(b) - 1) ** 0.5
    shared = torch.linalg.svdvals(first @ second.T).sum()
    spread = first.square().sum() + second.square().sum() - 2 * shared
    return float((means.square().sum() + spread).clamp_min(0))
