"""Held-out measures of results and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from translate.batch import Batch
from translate.measure import Features, psnr
from translate.nn.mobilenet import MobileNetV2
from translate.recipe import Training
from translate.train.validate import as_result, measure_only, validate


class Fixed(Training):
    """Makes of every input what `change` makes of it."""

    def __init__(self, change: Any) -> None:
        self.nets = nn.ModuleDict({"generator": nn.Identity()})
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        self.state: dict[str, Any] = {}
        self.change = change

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        made: Tensor = self.change(batch.image)
        return made

    def measure(self, nets: nn.ModuleDict, batch: Batch) -> Mapping[str, float]:
        return {"items": float(len(batch))}


class Means(Features):
    """Features that are the mean colour: quick, and easy to reckon with."""

    def pooled(self, picture: Tensor) -> Tensor:
        return picture.mean((2, 3))


def batch(count: int, seed: int, size: int = 12) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    image, reference = torch.rand(2, count, 3, size, size, generator=generator)
    return Batch(image, tuple(map(str, range(count))), (0,) * count, reference=reference)


def test_means_are_over_pictures_not_over_batches() -> None:
    training = Fixed(lambda image: 1 - image)
    batches = [batch(3, 0), batch(1, 1)]
    held = validate(training, training.nets, batches, paired=True)
    each = [psnr(1 - b.image, b.reference) for b in batches]
    inputs = [psnr(b.image, b.reference) for b in batches]
    assert held.values["psnr"] == pytest.approx(torch.cat(each).mean().item())
    assert held.baseline["psnr"] == pytest.approx(torch.cat(inputs).mean().item())
    assert set(held.values) == {"psnr", "ssim", "l1", "items"}
    assert held.values["items"] == (3 * 3 + 1) / 4


def test_perfect_results_have_a_finite_psnr() -> None:
    given = batch(2, 0)
    training = Fixed(lambda image: given.reference)
    held = validate(training, training.nets, [given], paired=True)
    assert (held.values["psnr"], held.values["l1"]) == (100, 0)
    assert held.values["ssim"] == pytest.approx(1)


def test_unpaired_results_are_compared_as_sets() -> None:
    training = Fixed(lambda image: image * 0 + 0.5)
    given = [batch(4, 0), batch(4, 1)]
    held = validate(training, training.nets, given, paired=False, features=Means(MobileNetV2()))
    assert set(held.values) == {"frechet", "items"}
    assert set(held.baseline) == {"frechet"}
    without = validate(training, training.nets, given, paired=False)
    assert set(without.values) == {"items"}


@pytest.mark.parametrize("paired", [True, False])
def test_inputs_that_are_the_targets_are_no_baseline(paired: bool) -> None:
    training = Fixed(lambda image: 1 - image)
    given = batch(4, 0)
    batches = [given.replace(reference=given.image)]
    features = None if paired else Means(MobileNetV2())
    held = validate(training, training.nets, batches, paired=paired, features=features)
    assert held.values["psnr" if paired else "frechet"] > 0
    assert not held.baseline


def test_networks_without_pictures_have_their_own_measures() -> None:
    training = Fixed(None)
    assert measure_only(training, training.nets, [batch(2, 0)]).values == {"items": 2}


def test_inputs_are_brought_to_the_shape_of_results() -> None:
    small, gray = torch.rand(1, 3, 4, 4), torch.rand(1, 1, 8, 8)
    truth = torch.rand(1, 3, 8, 8)
    assert as_result(small, truth).shape == as_result(gray, truth).shape == truth.shape
    assert as_result(torch.rand(1, 5, 8, 8), truth) is None
