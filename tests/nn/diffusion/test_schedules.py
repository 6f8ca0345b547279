import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from translate.nn.diffusion.schedules import (
    alpha_bars,
    cosine_betas,
    karras_sigmas,
    linear_betas,
    spaced,
    to_sigmas,
)


def test_linear_betas_are_those_of_ddpm():
    betas = linear_betas(1000)
    assert betas[0].item() == pytest.approx(1e-4)
    assert betas[-1].item() == pytest.approx(0.02)
    assert alpha_bars(betas)[-1].item() == pytest.approx(4.04e-5, rel=0.01)


def test_cosine_alpha_bars_follow_the_squared_cosine():
    bars = alpha_bars(cosine_betas(100))
    expected = [
        math.cos(((t + 1) / 100 + 0.008) / 1.008 * math.pi / 2) ** 2
        / math.cos(0.008 / 1.008 * math.pi / 2) ** 2
        for t in range(99)
    ]
    torch.testing.assert_close(bars[:99], torch.tensor(expected, dtype=torch.float64))


@given(st.integers(1, 60), st.floats(1e-3, 0.5), st.floats(1, 100))
def test_karras_sigmas_fall_from_high_to_low_and_end_in_nought(count, low, high):
    sigmas = karras_sigmas(count, low, high)
    assert len(sigmas) == count + 1
    assert sigmas[0].item() == pytest.approx(high, rel=1e-5)
    assert sigmas[-1] == 0
    assert bool((sigmas[1:] < sigmas[:-1]).all())


def test_karras_sigmas_reach_low():
    assert karras_sigmas(18, 0.002, 80)[-2].item() == pytest.approx(0.002, rel=1e-4)


@given(st.integers(1, 300))
def test_spaced_sigmas_start_at_the_noisiest_step(count):
    table = to_sigmas(alpha_bars(linear_betas(200, 1e-4, 0.09)))
    sigmas = spaced(table, count)
    assert sigmas[0].item() == pytest.approx(table[-1].item(), rel=1e-6)
    assert sigmas[-1] == 0
    assert len(sigmas) == min(count, 200) + 1
    assert bool((sigmas[1:] < sigmas[:-1]).all())
