"""Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.measure.wide import wide

_SIZE, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def ssim(result: Tensor, truth: Tensor) -> Tensor:
    """Return the mean SSIM (eq. 13) over channels and every window that lies in the picture.

    Windows are Gaussian, 11 x 11, with a deviation of 1.5; K1 = 0.01, K2 = 0.03 and range 1.

    Raises:
        ValueError: a picture is smaller than a window.
    """
    if min(result.shape[-2:]) < _SIZE:
        raise ValueError(f"SSIM needs pictures of {_SIZE} x {_SIZE} at least")
    x, y = wide(result), wide(truth)
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x**2
    variance_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    light = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    structure = (2 * covariance + _C2) / (variance_x + variance_y + _C2)
    return (light * structure).mean((1, 2, 3)).float().to(result.device)


def _blur(picture: Tensor) -> Tensor:
    offsets = torch.arange(_SIZE, dtype=picture.dtype, device=picture.device) - _SIZE // 2
    window = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    window = (window / window.sum()).expand(picture.shape[1], 1, _SIZE)
    groups = picture.shape[1]
    rows = F.conv2d(picture, window.unsqueeze(-2), groups=groups)
    return F.conv2d(rows, window.unsqueeze(-1), groups=groups)
