"""The guided loop, with a painter and a judge so simple that the right answer is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from translate_clip.nets.cutouts import CutoutSettings
from translate_clip.nets.guide import GuideSettings, guide
from translate_clip.nets.losses import Aims


class Colours:
    """A latent is one colour; its picture is filled with it."""

    def __init__(self, largest: float = 10.0) -> None:
        self.largest = largest

    def decode(self, latent: Tensor) -> Tensor:
        return latent.sigmoid()[:, :, None, None].expand(-1, -1, 8, 8)

    def project(self, latent: Tensor) -> Tensor:
        return latent.clamp(-self.largest, self.largest)


def judge(pictures: Tensor) -> Tensor:
    """The direction of the mean colour."""
    return F.normalize(pictures.mean((2, 3)), dim=-1)


SETTINGS = GuideSettings(
    steps=40, rate=0.3, ema=0.5, check_every=5, cutouts=CutoutSettings(2, 8, 0.5, frozenset())
)
RED, BLUE = torch.eye(3)[0], torch.eye(3)[2]


def run(
    aims: list[Tensor],
    settings: GuideSettings = SETTINGS,
    painter: Colours | None = None,
    seeds: tuple[int, ...] = (),
):
    start = torch.zeros(len(aims), 3)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds or range(len(aims))]
    wanted = Aims(torch.stack(aims)[:, None], torch.ones(len(aims), 1))
    return guide(start, wanted, painter or Colours(), judge, settings, generators)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "radam"])
@pytest.mark.parametrize("distance", ["spherical", "cosine"])
def test_each_picture_moves_towards_its_own_words(optimizer: str, distance: str) -> None:
    made = run([RED, BLUE], replace(SETTINGS, optimizer=optimizer, distance=distance))
    pictures = Colours().decode(made.latent).mean((2, 3))
    assert pictures[0].argmax() == 0
    assert pictures[1].argmax() == 2
    assert torch.allclose(made.start, torch.tensor(3**-0.5))
    assert (made.score > made.start + 0.1).all()


def test_a_picture_does_not_depend_on_its_company() -> None:
    together = run([RED, BLUE, RED], replace(SETTINGS, patience=2), seeds=(1, 2, 3))
    alone = run([BLUE], replace(SETTINGS, patience=2), seeds=(2,))
    assert torch.allclose(together.latent[1], alone.latent[0], atol=1e-5)
    assert together.steps[1] == alone.steps[0]


def test_the_best_picture_is_kept_when_all_others_are_worse() -> None:
    class Fading(Colours):
        def project(self, latent: Tensor) -> Tensor:
            return latent - torch.tensor([1.0, 0.0, 0.0])

    made = run([RED], painter=Fading())
    assert torch.equal(made.latent, torch.zeros(1, 3))
    assert made.steps.tolist() == [0]
    assert torch.equal(made.score, made.start)


def test_it_stops_early_when_nothing_gets_better() -> None:
    calls = []

    def counting(pictures: Tensor) -> Tensor:
        calls.append(len(pictures))
        return judge(pictures)

    aims = Aims(torch.ones(1, 1, 3) / 3**0.5, torch.ones(1, 1))
    settings = replace(SETTINGS, patience=2)
    guide(torch.zeros(1, 3), aims, Colours(), counting, settings, [torch.Generator()])
    # One look at the start, ten steps, and a look after each five.
    assert len(calls) == 13


def test_a_start_that_holds_on_is_kept_near() -> None:
    start = torch.ones(1, 3)
    aims = Aims(RED.view(1, 1, 3), torch.ones(1, 1))
    moved = [
        guide(start, aims, Colours(), judge, settings, [torch.Generator()]).latent - start
        for settings in (SETTINGS, replace(SETTINGS, init_weight=5.0))
    ]
    assert moved[1].norm() < 0.5 * moved[0].norm()


def test_latents_are_projected_at_every_step() -> None:
    made = run([RED], painter=Colours(largest=0.25))
    assert made.latent.abs().max() <= 0.25


def test_a_film_begins_at_the_start_and_ends_with_the_result() -> None:
    made = run([RED, BLUE], replace(SETTINGS, frames=4, patience=1))
    assert made.film.shape == (2, 4, 3, 8, 8)
    assert torch.equal(made.film[:, 0], torch.full((2, 3, 8, 8), 0.5))
    assert torch.equal(made.film[:, -1], Colours().decode(made.latent))
    reds = made.film[0, :, 0].mean((1, 2))
    assert (reds.diff() > 0).all()


def test_nothing_is_painted_that_nobody_looks_at() -> None:
    painted = []

    class Counting(Colours):
        def decode(self, latent: Tensor) -> Tensor:
            painted.append(latent)
            return super().decode(latent)

    run([RED], painter=Counting())
    # Forty steps, and looks at the start and after each five.
    assert len(painted) == 40 + 1 + 8


def test_smoothness_and_range_are_part_of_the_loss() -> None:
    class Pixels(Colours):
        def decode(self, latent: Tensor) -> Tensor:
            return latent

    rough = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 3 - 1
    aims = Aims(RED.view(1, 1, 3), torch.full((1, 1), 1e-9))
    for settings in (
        replace(SETTINGS, tv_weight=100.0, ema=0.0),
        replace(SETTINGS, range_weight=100.0, ema=0.0),
    ):
        film = guide(
            rough, aims, Pixels(), judge, replace(settings, frames=3, steps=30, rate=0.05),
            [torch.Generator()],
        ).film  # fmt: skip
        middle = film[:, 1]
        if settings.tv_weight:
            assert middle.diff(dim=-1).abs().mean() < 0.6 * rough.diff(dim=-1).abs().mean()
        else:
            over = [(x - x.clamp(0, 1)).abs().mean() for x in (rough, middle)]
            assert over[1] < 0.6 * over[0]
