from __future__ import annotations

import math

import pytest
import torch

from translate_clip.nets.adversarial import judge_loss, maker_loss, r1
from translate_clip.nets.losses import Aims, out_of_range, total_variation


def unit(*angles: float) -> torch.Tensor:
    return torch.tensor([[math.cos(a), math.sin(a)] for a in angles])


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.0, 3.0])
def test_spherical_distance_is_half_the_squared_angle(angle: float) -> None:
    aims = Aims(unit(0.0)[None], torch.ones(1, 1))
    assert float(aims.loss(unit(angle)[None], "spherical")) == pytest.approx(angle**2 / 2, rel=1e-3)
    assert float(aims.loss(unit(angle)[None], "cosine")) == pytest.approx(
        1 - math.cos(angle), rel=1e-4
    )
    assert float(aims.score(unit(angle)[None])) == pytest.approx(math.cos(angle))


def test_weights_share_and_signs_turn_away() -> None:
    aims = Aims(unit(0.0, math.pi / 2)[None], torch.tensor([[3.0, -1.0]]))
    assert float(aims.score(unit(0.0)[None])) == pytest.approx(0.75)
    vector = unit(0.7)[None].requires_grad_()
    aims.loss(vector, "spherical").sum().backward()
    assert vector.grad[0, 0, 0] < 0
    assert vector.grad[0, 0, 1] > 0


def test_a_prompt_of_weight_zero_counts_for_nothing() -> None:
    one = Aims(unit(0.4)[None], torch.ones(1, 1))
    two = Aims(torch.cat([unit(0.4), torch.zeros(1, 2)])[None], torch.tensor([[1.0, 0.0]]))
    vectors = unit(1.0, 2.0)[None]
    for distance in ("spherical", "cosine"):
        assert torch.allclose(one.loss(vectors, distance), two.loss(vectors, distance))


def test_gradients_are_finite_at_the_aim_and_opposite_to_it() -> None:
    aims = Aims(unit(0.0)[None], torch.ones(1, 1))
    vectors = unit(0.0, math.pi)[None].requires_grad_()
    aims.loss(vectors, "spherical").sum().backward()
    assert torch.isfinite(vectors.grad).all()


def test_total_variation_and_range() -> None:
    flat = torch.full((1, 3, 4, 4), 0.5)
    assert total_variation(flat) == 0
    step = flat.clone()
    step[..., 2:] = 1
    assert float(total_variation(step)) == pytest.approx(0.25 / 3)
    assert out_of_range(step) == 0
    assert float(out_of_range(flat + 1)) == pytest.approx(0.25)


@pytest.mark.parametrize("kind", ["hinge", "non-saturating"])
def test_judge_and_maker_want_opposite_things(kind: str) -> None:
    real, fake = torch.tensor([2.0, 3.0]), torch.tensor([-2.0, -3.0])
    assert judge_loss(kind, real, fake) < judge_loss(kind, fake, real)
    assert maker_loss(kind, real) < maker_loss(kind, fake)


def test_r1_of_a_linear_judge_is_its_squared_weights() -> None:
    weight = torch.tensor([1.0, 2.0, 2.0])
    picture = torch.rand(4, 3, 1, 1).requires_grad_()
    logits = (picture[..., 0, 0] * weight).sum(1)
    assert float(r1(logits, picture)) == pytest.approx(4.5)
