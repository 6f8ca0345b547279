import pytest
import torch

from translate.nn.diffusion.samplers import ddim, ddpm, dpmpp_2m, guided, heun
from translate.nn.diffusion.schedules import (
    alpha_bars,
    karras_sigmas,
    linear_betas,
    spaced,
    to_sigmas,
)

MEAN, SPREAD = 0.3, 0.5


def gaussian(x, sigma):
    """Return the best estimate of x0 where x0 is normal: its score is known."""
    s2 = sigma.double().reshape(-1, 1, 1, 1) ** 2
    return (SPREAD**2 * x + s2 * MEAN) / (SPREAD**2 + s2)


def flow(x, sigma):
    """Return where the probability flow takes x at noise sigma, exactly."""
    return MEAN + (x - MEAN) * SPREAD / (SPREAD**2 + sigma**2) ** 0.5


def ladder(steps, low=0.05, high=5.0):
    """Return sigmas that fall to `low`, not to 0, so that errors are those of the method."""
    return torch.logspace(
        torch.tensor(high).log10().item(), torch.tensor(low).log10().item(), steps + 1
    ).double()


def error(sampler, steps):
    torch.manual_seed(0)
    sigmas = ladder(steps)
    x = torch.randn(16, 1, 2, 2, dtype=torch.float64) * 5
    exact = (
        MEAN + (x - MEAN) * ((SPREAD**2 + sigmas[-1] ** 2) / (SPREAD**2 + sigmas[0] ** 2)) ** 0.5
    )
    return (sampler(gaussian, x, sigmas) - exact).abs().mean().item()


@pytest.mark.parametrize(("sampler", "order"), [(ddim, 1), (dpmpp_2m, 2), (heun, 2)])
def test_halving_the_step_shows_the_order(sampler, order):
    ratio = error(sampler, 40) / error(sampler, 80)
    assert 2**order * 0.8 < ratio < 2**order * 1.25


@pytest.mark.parametrize("sampler", [dpmpp_2m, heun])
def test_second_order_samplers_are_near_the_flow_in_ten_steps(sampler):
    torch.manual_seed(0)
    x = MEAN + torch.randn(64, 1, 2, 2).double() * (SPREAD**2 + 25) ** 0.5
    found = sampler(gaussian, x, karras_sigmas(10, 0.02, 5.0).double())
    assert (found - flow(x, 5.0)).abs().mean() < 0.02


def test_ddim_with_full_noise_is_ddpm():
    torch.manual_seed(0)
    sigmas = spaced(to_sigmas(alpha_bars(linear_betas(100, 1e-3, 0.1))), 25)
    x = torch.randn(2, 3, 4, 4).double() * sigmas[0]
    fresh = torch.randn(len(sigmas), *x.shape).double()
    ancestral = ddpm(gaussian, x, sigmas, lambda step: fresh[step])
    implicit = ddim(gaussian, x, sigmas, 1.0, lambda step: fresh[step])
    torch.testing.assert_close(ancestral, implicit, atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_samples_have_the_moments_of_the_data(eta):
    torch.manual_seed(0)
    sigmas = karras_sigmas(60, 0.01, 10.0)
    x = MEAN + torch.randn(3000, 1, 2, 2).double() * (SPREAD**2 + 100) ** 0.5
    found = ddim(gaussian, x, sigmas, eta, lambda _: torch.randn_like(x))
    assert found.mean().item() == pytest.approx(MEAN, abs=0.02)
    assert found.std().item() == pytest.approx(SPREAD, rel=0.05)


def test_evaluations_are_as_many_as_said():
    asked = []

    def model(x, sigma):
        asked.append(sigma[0].item())
        return gaussian(x, sigma)

    x, sigmas = torch.zeros(1, 1, 2, 2).double(), karras_sigmas(8, 0.02, 5.0)
    dpmpp_2m(model, x, sigmas)
    assert len(asked) == 8
    asked.clear()
    heun(model, x, sigmas)
    assert len(asked) == 15


def test_guidance_of_one_is_the_conditional_alone():
    x, sigma = torch.ones(1, 1, 1, 1).double(), torch.ones(1)
    model = guided(gaussian, lambda x, sigma: x * 0, 1.0)
    torch.testing.assert_close(model(x, sigma), gaussian(x, sigma))
    doubled = guided(gaussian, lambda x, sigma: x * 0, 2.0)
    torch.testing.assert_close(doubled(x, sigma), 2 * gaussian(x, sigma))
