"""Adversarial losses against their formulas, and the image pool."""

from __future__ import annotations

import math

import pytest
import torch

from translate.nn.gan.heat import heat
from translate.nn.gan.lab import join_lab, split_lab
from translate.nn.gan.losses import ImagePool, gan_loss, gradient_penalty


def test_losses_are_their_formulas() -> None:
    logits = torch.tensor([[0.5, -1.0]])
    assert gan_loss("lsgan", logits, True).item() == pytest.approx((0.25 + 4) / 2)
    assert gan_loss("lsgan", logits, False).item() == pytest.approx((0.25 + 1) / 2)
    assert gan_loss("wgangp", logits, True).item() == pytest.approx(0.25)
    assert gan_loss("wgangp", logits, False).item() == pytest.approx(-0.25)
    sigmoid = [1 / (1 + math.exp(-x)) for x in (0.5, -1.0)]
    real = -sum(math.log(p) for p in sigmoid) / 2
    assert gan_loss("vanilla", logits, True).item() == pytest.approx(real)


def test_the_penalty_is_none_for_a_slope_of_one_and_teaches_the_critic() -> None:
    real, fake = torch.rand(2, 1, 4, 4), torch.rand(2, 1, 4, 4)
    slope = torch.full((1, 1, 4, 4), 0.25, requires_grad=True)  # of norm 1

    def critic(x: torch.Tensor) -> torch.Tensor:
        return (x * slope).sum((1, 2, 3))

    assert gradient_penalty(critic, real, fake).item() == pytest.approx(0, abs=1e-6)
    steep = gradient_penalty(lambda x: 3 * critic(x), real, fake)
    assert steep.item() == pytest.approx(40, rel=1e-4)
    (gradient,) = torch.autograd.grad(steep, slope)
    assert (gradient > 0).all()


def test_the_pool_fills_then_swaps_half_of_the_time() -> None:
    torch.manual_seed(0)
    pool = ImagePool(4)
    first = torch.arange(4.0).view(4, 1, 1, 1)
    assert torch.equal(pool(first), first)
    new = torch.arange(100.0, 400.0).view(300, 1, 1, 1)
    shown = pool(new)
    fresh = (shown == new).float().mean().item()
    assert 0.4 < fresh < 0.6
    assert len(pool.pictures) == 4
    assert not pool(new.requires_grad_()).requires_grad


def test_the_pool_goes_on_where_it_was() -> None:
    pictures = torch.rand(20, 1, 2, 2)
    pool, again = ImagePool(5), ImagePool(5)
    pool(pictures[:10])
    again.load_state_dict(pool.state_dict())
    torch.manual_seed(1)
    wanted = pool(pictures[10:])
    torch.manual_seed(1)
    assert torch.equal(again(pictures[10:]), wanted)


def test_a_pool_from_a_checkpoint_gives_its_pictures_on_the_device_that_is_trained_on() -> None:
    pool = ImagePool(2)
    pool.load_state_dict({"pictures": [torch.zeros(1, 2, 2), torch.ones(1, 2, 2)]})
    # "meta" stands for a GPU: it is another device, and every machine has it.
    assert pool(torch.rand(16, 1, 2, 2, device="meta")).device.type == "meta"


def test_a_pool_of_none_passes_through() -> None:
    x = torch.rand(2, 3, 4, 4)
    assert torch.equal(ImagePool(0)(x), x)


def test_lab_goes_there_and_back() -> None:
    image = torch.rand(2, 3, 8, 8)
    lightness, colour = split_lab(image)
    assert lightness.abs().max() <= 1
    assert colour.abs().max() <= 1.1
    torch.testing.assert_close(join_lab(lightness, colour), image, atol=1e-3, rtol=0)


def test_lab_is_as_exact_under_autocast() -> None:
    image = torch.rand(2, 3, 8, 8)
    expected = split_lab(image)
    with torch.autocast("cpu", torch.bfloat16):
        found = split_lab(image)
        back = join_lab(*found)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(back, join_lab(*expected))


def test_gray_has_no_colour() -> None:
    lightness, colour = split_lab(torch.full((1, 1, 2, 2), 0.5))
    assert lightness.shape == (1, 1, 2, 2)
    assert colour.abs().max() < 1e-3
    white, _ = split_lab(torch.ones(1, 3, 1, 1))
    assert white.item() == pytest.approx(1, abs=1e-3)


def test_heat_runs_from_black_to_white() -> None:
    colours = heat(torch.tensor([0, 0.25 / 3, 0.25, 9.0]).view(1, 1, 2, 2))
    assert colours[0, :, 0, 0].tolist() == [0, 0, 0]
    assert colours[0, :, 0, 1].tolist() == [1, 0, 0]
    assert colours[0, :, 1, 0].tolist() == [1, 1, 1]
    assert colours[0, :, 1, 1].tolist() == [1, 1, 1]
