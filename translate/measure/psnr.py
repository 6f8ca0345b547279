"""Peak signal-to-noise ratio, in colour and of luma."""

from __future__ import annotations

import torch
from torch import Tensor

from translate.measure.wide import wide

_STUDIO_LUMA = (65.481 / 255, 128.553 / 255, 24.966 / 255)  # ITU-R BT.601, 16 to 235


def psnr(result: Tensor, truth: Tensor, border: int = 0) -> Tensor:
    """Return 10 log10(1 / mean squared error) over all channels, in dB; inf for equal pictures.

    `border` pixels are left out on each side, as is usual after enlarging.
    """
    difference = _inner(result, border) - _inner(truth, border)
    error = wide(difference).square().mean((1, 2, 3))
    return (-10 * torch.log10(error)).float().to(difference.device)


def psnr_y(result: Tensor, truth: Tensor, border: int = 0) -> Tensor:
    """Return the PSNR of luma as super-resolution papers do: BT.601, from 16 to 235 of 255."""
    return psnr(luma(result), luma(truth), border)


def luma(picture: Tensor) -> Tensor:
    """Return studio-swing luma without its offset of 16. Shape: (B, 1, H, W)."""
    if picture.shape[1] == 1:
        return picture * sum(_STUDIO_LUMA)
    weights = picture.new_tensor(_STUDIO_LUMA).view(1, 3, 1, 1)
    return (picture * weights).sum(1, keepdim=True)


def _inner(picture: Tensor, border: int) -> Tensor:
    height, width = picture.shape[-2:]
    return picture[..., border : height - border, border : width - border]
