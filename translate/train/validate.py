"""Held-out measures of what the networks make, beside the same measures of their inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.batch import Batch
from translate.measure import Features, feature_distance, frechet_distance, psnr, ssim
from translate.recipe import Training

_BEST_DB = 100.0
"""Stands for the infinite PSNR of equal pictures, so that a mean of them is a number."""
_SMALLEST_FOR_SSIM = 11
FEATURE_MEASURES = ("feature_distance", "frechet")
"""Measures that need the features of a network."""


@dataclass(frozen=True)
class Held:
    """Means over the held-out pictures."""

    values: Mapping[str, float]
    baseline: Mapping[str, float]
    """The same of the inputs as they are, where they can be compared and are not the targets."""


@dataclass
class _Means:
    """Sums measures over pictures."""

    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, values: Mapping[str, float], count: int = 1) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * count
            self.counts[name] = self.counts.get(name, 0) + count

    def means(self) -> dict[str, float]:
        return {name: value / self.counts[name] for name, value in self.sums.items()}


@torch.no_grad()
def validate(
    training: Training,
    nets: nn.ModuleDict,
    batches: Iterable[Batch],
    *,
    paired: bool,
    features: Features | None = None,
) -> Held:
    """Measure what `nets` make of held-out batches, which lie on the networks' device.

    Paired: PSNR, SSIM, mean absolute error and feature distance to the target. Not paired: the
    Fréchet distance of the results' features to those of B.
    """
    ours, inputs = _Means(), _Means()
    sets: list[list[Tensor]] = [[], [], []]
    for batch in batches:
        ours.add(training.measure(nets, batch), len(batch))
        pair = training.pairs(batch)
        result = training.translate(nets, pair).float()
        if pair.reference is None:
            continue
        given = None if pair.image is pair.reference else pair.image
        if paired:
            ours.add(compare(result, pair.reference, features), len(batch))
            before = None if given is None else as_result(given, pair.reference)
            if before is not None:
                inputs.add(compare(before, pair.reference, features), len(batch))
        elif features is not None:
            for kept, pictures in zip(sets, (result, given, pair.reference), strict=True):
                if pictures is not None:
                    kept.append(features.pooled(pictures))
    return Held({**ours.means(), **_frechet(sets, 0)}, {**inputs.means(), **_frechet(sets, 1)})


@torch.no_grad()
def measure_only(training: Training, nets: nn.ModuleDict, batches: Iterable[Batch]) -> Held:
    """Measure networks that make no pictures, by what their recipe measures."""
    ours = _Means()
    for batch in batches:
        ours.add(training.measure(nets, batch), len(batch))
    return Held(ours.means(), {})


def compare(result: Tensor, truth: Tensor, features: Features | None) -> dict[str, float]:
    """Return the mean measures of a batch against its targets."""
    result = result.clamp(0, 1)
    values = {
        "psnr": float(psnr(result, truth).clamp_max(_BEST_DB).mean()),
        "l1": float((result - truth).abs().mean()),
    }
    if min(truth.shape[-2:]) >= _SMALLEST_FOR_SSIM:
        values["ssim"] = float(ssim(result, truth).mean())
    if features is not None and truth.shape[1] in (1, 3):
        values["feature_distance"] = float(feature_distance(features, result, truth).mean())
    return values


def as_result(image: Tensor, truth: Tensor) -> Tensor | None:
    """Return inputs in the shape of results, or None where their channels do not go together."""
    if image.shape[1] not in (1, truth.shape[1]):
        return None
    if image.shape[-2:] != truth.shape[-2:]:
        image = F.interpolate(image, truth.shape[-2:], mode="bicubic", antialias=True).clamp(0, 1)
    return image.expand_as(truth)


def _frechet(sets: Sequence[Sequence[Tensor]], which: int) -> dict[str, float]:
    mine, others = sets[which], sets[2]
    if sum(map(len, mine)) < 2:
        return {}
    return {"frechet": frechet_distance(torch.cat(list(mine)), torch.cat(list(others)))}
