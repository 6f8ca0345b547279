import pytest
import torch
from torch import nn

from translate.nn.diffusion.process import (
    NO_SIGNAL,
    add_noise,
    from_x0,
    mean_estimate,
    precondition,
    preserving,
    q_sample,
    to_x0,
    training_levels,
    weighted_error,
)


class Echo(nn.Module):
    """Answers with a constant, and remembers what it was asked."""

    def __init__(self, answer: float) -> None:
        super().__init__()
        self.answer = nn.Parameter(torch.tensor(answer))
        self.asked = torch.empty(0)

    def forward(self, x, sigma, features=None):
        self.asked = x
        return self.answer.expand(len(x), 1, *x.shape[-2:])


@pytest.mark.parametrize("bar", [0.999, 0.5, 0.02])
def test_q_sample_has_the_mean_and_variance_of_ddpm(bar):
    torch.manual_seed(0)
    x0 = torch.full((4000, 1, 4, 4), 0.7)
    x_t = q_sample(x0, torch.full((4000,), bar), torch.randn_like(x0))
    assert x_t.mean().item() == pytest.approx(bar**0.5 * 0.7, abs=0.02)
    assert x_t.var().item() == pytest.approx(1 - bar, rel=0.03, abs=1e-4)


def test_both_ways_of_writing_a_noisy_picture_agree():
    torch.manual_seed(1)
    x0, noise = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8)
    sigma = torch.tensor([0.3, 7.0])
    bar = 1 / (1 + sigma**2)
    preserved = q_sample(x0, bar, noise)
    exploded = add_noise(x0, sigma, noise)
    torch.testing.assert_close(preserved, exploded * bar.sqrt()[:, None, None, None])


@pytest.mark.parametrize("kind", ["epsilon", "x0", "v"])
def test_a_perfect_prediction_of_any_kind_gives_the_picture_back(kind):
    torch.manual_seed(2)
    x0, bar = torch.randn(3, 2, 4, 4), torch.tensor([0.9, 0.5, 0.1])
    x_t = q_sample(x0, bar, torch.randn_like(x0))
    prediction = from_x0(x0, kind, x_t, bar)
    torch.testing.assert_close(to_x0(prediction, kind, x_t, bar), x0, atol=1e-5, rtol=1e-4)
    model = preserving(lambda _, __: prediction, kind)
    sigma = ((1 - bar) / bar).sqrt()
    exploded = x_t / bar.sqrt()[:, None, None, None]
    torch.testing.assert_close(model(exploded, sigma), x0, atol=1e-5, rtol=1e-4)


def test_the_noise_that_epsilon_stands_for_is_the_noise_that_was_added():
    torch.manual_seed(3)
    x0, noise, bar = torch.randn(2, 1, 4, 4), torch.randn(2, 1, 4, 4), torch.tensor([0.8, 0.3])
    found = from_x0(x0, "epsilon", q_sample(x0, bar, noise), bar)
    torch.testing.assert_close(found, noise, atol=1e-5, rtol=1e-4)


def test_estimates_are_clipped_as_published_samplers_do():
    model = preserving(lambda x, bar: torch.full_like(x, 5.0), "x0", clip=1.0)
    assert model(torch.zeros(1, 1, 2, 2), torch.ones(1)).max() == 1


def test_preconditioning_trusts_the_picture_at_low_noise_and_the_network_at_high():
    x, condition = torch.full((1, 1, 2, 2), 0.4), torch.zeros(1, 1, 2, 2)
    quiet = precondition(Echo(3.0), x, torch.tensor([1e-4]), condition)
    loud = precondition(Echo(3.0), x, torch.tensor([1e4]), condition)
    torch.testing.assert_close(quiet, x, atol=1e-3, rtol=0)
    torch.testing.assert_close(loud, torch.full_like(x, 3.0), atol=1e-3, rtol=0)


@pytest.mark.parametrize("sigma", [0.05, 1.0, 20.0])
def test_the_network_sees_unit_variance_at_every_level(sigma):
    torch.manual_seed(4)
    net, x0 = Echo(0.0), torch.randn(8, 1, 64, 64)
    level = torch.full((8,), sigma)
    precondition(net, add_noise(x0, level, torch.randn_like(x0)), level, torch.zeros(8, 1, 64, 64))
    assert net.asked[:, 0].std().item() == pytest.approx(1, rel=0.03)


def test_the_mean_estimate_shows_the_network_no_picture():
    net = Echo(0.25)
    estimate = mean_estimate(net, torch.ones(2, 1, 4, 4), torch.full((2, 3, 4, 4), 0.5))
    assert bool((net.asked[:, 0] == 0).all())
    torch.testing.assert_close(estimate, torch.full((2, 1, 4, 4), 0.25), atol=1e-3, rtol=0)


def test_a_share_of_the_training_levels_is_blind():
    torch.manual_seed(5)
    sigma, hidden = training_levels(1000, 0.0, 1.0, 0.3, torch.device("cpu"))
    assert int(hidden.sum()) == 300
    assert bool((sigma[hidden] == NO_SIGNAL).all())
    assert sigma[~hidden].log().std().item() == pytest.approx(1, rel=0.1)


def test_noise_stays_within_the_hole():
    net = Echo(0.0)
    within = torch.zeros(2, 1, 4, 4)
    within[..., :2] = 1
    levels = torch.ones(2), torch.zeros(2, dtype=torch.bool)
    weighted_error(net, torch.zeros(2, 1, 4, 4), levels, torch.zeros(2, 1, 4, 4), within=within)
    assert bool((net.asked[:, 0, :, 2:] == 0).all())
    assert bool((net.asked[:, 0, :, :2] != 0).all())
