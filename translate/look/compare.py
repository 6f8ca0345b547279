"""How far results are from what they should be, picture by picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from translate.errors import InputError
from translate.look.pairs import Pair

if TYPE_CHECKING:
    from torch import Tensor

    from translate.measure import Features

Measures = Mapping[str, float]
"""By name: psnr and psnr_y in dB (inf for equal pictures), ssim, ab_error, feature_distance."""


def compare(pair: Pair, *, border: int = 0, features: Features | None = None) -> Measures:
    """Return how far the second picture of a pair is from the first, which is the truth.

    Transparent pixels are laid on white; only the first frame counts.

    Args:
        pair: the truth (`before`) and the result (`after`).
        border: pixels that the PSNRs leave out on each side.
        features: MobileNetV2, for the feature distance.

    Raises:
        InputError: a picture cannot be read, or they cannot be compared.
    """
    import torch

    from translate.measure import ab_error, feature_distance, psnr, psnr_y, ssim

    truth, result = _read(pair.before), _read(pair.after)
    if truth.shape != result.shape:
        sizes = f"{result.shape[3]}x{result.shape[2]}, not {truth.shape[3]}x{truth.shape[2]}"
        raise InputError(f"{pair.after}: is {sizes} as '{pair.before}'; resize one of them first")
    if min(truth.shape[2:]) <= max(2 * border, 10):
        raise InputError(f"{pair.after}: is too small to be measured, with {border} px left out")
    with torch.no_grad():
        found = {
            "psnr": psnr(result, truth, border),
            "psnr_y": psnr_y(result, truth, border),
            "ssim": ssim(result, truth),
            "ab_error": ab_error(result, truth),
        }
        if features is not None:
            found["feature_distance"] = feature_distance(features, result, truth)
    return {name: float(value) for name, value in found.items()}


def means(rows: Iterable[Measures]) -> Measures:
    """Return the mean of each measure over pictures; there is at least one."""
    found = list(rows)
    return {name: fmean(row[name] for row in found) for name in found[0]}


def _read(path: Path) -> Tensor:
    """Return the first frame of a file. Shape: (1, 3, H, W), in [0, 1]."""
    from translate.images import decode, on_white, to_tensor

    return to_tensor(on_white(decode(path))).expand(3, -1, -1)[None]
