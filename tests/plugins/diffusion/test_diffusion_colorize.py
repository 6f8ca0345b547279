import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from translate import Context, Store
from translate.testing import conform
from translate_diffusion.configs import ColorizerConfig
from translate_diffusion.nets import color, colorizer
from translate_diffusion.nets.loading import open_net
from translate_diffusion.stages.colorize import Colorize


def test_it_keeps_the_promises_of_a_stage(weights):
    conform(Colorize(weights=weights["colorize"], variety=0.5, steps=2, samples=2))


@pytest.mark.parametrize("channels", [1, 3])
def test_lightness_is_kept_at_full_resolution(weights, run, channels, picture, batch_of):
    image = picture(50, 70, channels)
    made = run(batch_of(image), Colorize(weights=weights["colorize"], vividness=4)).image
    eight = (made * 255).round() / 255
    apart = (color.lightness(eight) - color.lightness(image)).abs()
    assert made.shape == (1, 3, 50, 70)
    assert apart.max() / 100 <= 1 / 255
    assert color.chroma(made).norm(dim=1).mean() > 1


def test_a_strip_is_not_worked_on_larger_than_it_must(weights, batch_of):
    ctx = Context(torch.device("cpu"), torch.float32, Store())
    model, config = open_net(ctx, weights["colorize"], ColorizerConfig, colorizer.Colorizer)
    settings = colorizer.Settings(32, 0.0, 0, 1, model.unet.multiple_of)
    strip = batch_of(torch.rand(1, 1, 1, 3000))
    made = colorizer.choose(model, config, settings, strip, strip.image * 100)
    assert made.shape[-1] == 8 * 32


def test_no_vividness_is_gray(weights, run, picture, batch_of):
    made = run(batch_of(picture(40, 40, 1)), Colorize(weights=weights["colorize"], vividness=0))
    torch.testing.assert_close(made.image[:, 0], made.image[:, 1], atol=2e-3, rtol=0)
    torch.testing.assert_close(made.image[:, :1], picture(40, 40, 1), atol=2e-3, rtol=0)


def test_variety_makes_seeds_differ(weights, run, picture, batch_of):
    image = picture(40, 40, 1)
    one, other = batch_of(image), batch_of(image).replace(seeds=(99,))
    drawn = Colorize(weights=weights["colorize"], variety=1.0, steps=2)
    median = Colorize(weights=weights["colorize"])
    assert not run(one, drawn).image.equal(run(other, drawn).image)
    assert run(one, median).image.equal(run(other, median).image)


def test_a_reference_lends_its_palette(weights, run, picture, batch_of):
    red = torch.tensor([0.8, 0.2, 0.2]).reshape(1, 3, 1, 1).expand(1, 3, 20, 30)
    stage = Colorize(weights=weights["colorize"], palette=1.0)
    made = run(batch_of(picture(40, 40, 1), reference=red), stage).image
    a = color.chroma(made)[:, 0]
    assert (a > 0).float().mean() > 0.95


def colours(draw_count):
    return st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 3), min_size=1, max_size=draw_count)


@settings(max_examples=30)
@given(colours(8))
def test_lab_is_left_as_it_was_entered(values):
    image = torch.tensor(values).T.reshape(1, 3, 1, -1)
    back = color.join(color.lightness(image), color.chroma(image))
    torch.testing.assert_close(back, image, atol=2e-3, rtol=0)


@settings(max_examples=30)
@given(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120))
def test_colours_that_do_not_exist_keep_their_lightness(light, a, b):
    l_star = torch.full((1, 1, 1, 1), light)
    made = color.join(l_star, torch.tensor([a, b]).reshape(1, 2, 1, 1))
    assert made.min() >= 0
    assert made.max() <= 1
    assert (color.lightness(made) - l_star).abs().item() < 0.2


def test_white_and_known_colours_are_where_cie_has_them():
    red = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
    assert color.lightness(red).item() == pytest.approx(53.24, abs=0.02)
    assert color.chroma(red).flatten().tolist() == pytest.approx([80.09, 67.20], abs=0.05)
    assert color.lightness(torch.ones(1, 1, 1, 1)).item() == pytest.approx(100)
