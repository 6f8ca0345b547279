"""Values of single pixels."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from translate import Batch
from translate_basic.color import (
    Brightness,
    Contrast,
    Gamma,
    Gray,
    Hsv,
    Hue,
    Identity,
    Invert,
    Lab,
    Posterize,
    Rgb,
    Saturation,
    Solarize,
    Threshold,
)  # fmt: skip
from translate_basic.common import rgb_of

RunChain = Callable[..., Batch]


unit = st.floats(0, 1, width=32)


def test_identity_gives_the_very_tensor(run: RunChain, photo: Tensor) -> None:
    image = photo[None]
    assert run(image, Identity()).image is image


def test_gray_and_back_has_equal_channels(run: RunChain, photo: Tensor) -> None:
    gray = run(photo, Gray()).image
    assert gray.shape == (1, 1, 40, 56)
    assert torch.allclose(gray[0, 0], 0.299 * photo[0] + 0.587 * photo[1] + 0.114 * photo[2])
    assert run(gray, Rgb()).image.equal(gray.expand(-1, 3, -1, -1))


def test_inverting_twice_is_nothing(run: RunChain, photo: Tensor) -> None:
    assert torch.allclose(run(photo, Invert(), Invert()).image[0], photo, atol=1e-6)


@pytest.mark.parametrize(
    "stage",
    [
        Brightness(amount=0), Contrast(factor=1), Saturation(factor=1), Hue(degrees=0),
        Gamma(gamma=1), Hsv(), Lab(), Solarize(threshold=1), Posterize(levels=256),
    ],
    ids=lambda stage: stage.name,
)  # fmt: skip
def test_the_neutral_setting_changes_nothing(
    run: RunChain, photo: Tensor, stage: Brightness
) -> None:
    assert (run(photo, stage).image[0] - photo).abs().max() < 3e-3


def test_brightness_contrast_and_gamma_do_as_they_say(run: RunChain) -> None:
    image = torch.tensor([0.0, 0.25, 0.5, 1.0]).expand(1, 4, 4)

    def row(*stages: Brightness | Contrast | Gamma) -> list[float]:
        return [round(v, 4) for v in run(image, *stages).image[0, 0, 0].tolist()]

    assert row(Brightness(amount=0.25)) == [0.25, 0.5, 0.75, 1.0]
    assert row(Contrast(factor=2)) == [0.0, 0.0, 0.5, 1.0]
    assert row(Contrast(factor=0, middle=0.3)) == [0.3] * 4
    assert row(Gamma(gamma=2)) == [0.0, 0.0625, 0.25, 1.0]


@given(unit, unit, unit, st.integers(-180, 180))
def test_hue_turns_the_wheel_of_colorsys(r: float, g: float, b: float, degrees: int) -> None:
    from translate_basic.color import shift_hsv

    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    expected = colorsys.hsv_to_rgb((h + degrees / 360) % 1, s, v)
    turned = shift_hsv(torch.tensor([r, g, b]).view(1, 3, 1, 1), degrees, 1, 1)
    assert turned.flatten().tolist() == pytest.approx(expected, abs=2e-3)


def test_saturation_keeps_luma(run: RunChain, photo: Tensor) -> None:
    dull = photo * 0.4 + 0.3
    strong = run(dull, Saturation(factor=1.5), Gray()).image
    assert torch.allclose(strong, run(dull, Gray()).image, atol=1e-5)
    assert run(dull, Saturation(factor=0)).image.std(dim=1).max() < 1e-6


def test_lab_takes_colour_out_and_lightens(run: RunChain, photo: Tensor) -> None:
    assert run(photo, Lab(chroma=0)).image.std(dim=1).max() < 0.01
    assert run(photo, Lab(lightness=20), Gray()).image.mean() > run(photo, Gray()).image.mean()
    warm = run(photo, Lab(b=30)).image.mean((0, 2, 3))
    assert warm[2] < photo.mean((1, 2))[2]


@given(st.integers(2, 256))
def test_posterize_leaves_its_number_of_levels(levels: int) -> None:
    ramp = torch.linspace(0, 1, 4001).view(1, 1, 1, -1)
    out = Posterize(levels=levels).operation()(ramp)
    assert len(set(out.flatten().tolist())) == levels
    assert (out - ramp).abs().max() <= 0.5 / (levels - 1) + 1e-6


def test_solarize_and_threshold_split_at_their_level(run: RunChain) -> None:
    image = torch.tensor([0.1, 0.4, 0.6, 0.9]).expand(3, 4, 4)
    solar = run(image, Solarize(threshold=0.5)).image[0, 0, 0]
    assert solar.tolist() == pytest.approx([0.1, 0.4, 0.4, 0.1])
    assert run(image, Threshold(level=0.5)).image[0, 0, 0].tolist() == [0, 0, 1, 1]
    soft = run(image, Threshold(level=0.5, soft=0.4)).image[0, 0, 0]
    assert soft.tolist() == pytest.approx([0, 0.25, 0.75, 1], abs=1e-5)


@pytest.mark.parametrize("color", ["#FF8000", "ff8000", "FF8000"])
def test_colours_are_read_in_every_spelling(color: str) -> None:
    from translate_basic.canvas import Flatten

    assert rgb_of(Flatten(color=color).color) == (1.0, 128 / 255, 0.0)
    assert rgb_of(Flatten(color="orange").color) == (1.0, 165 / 255, 0.0)
    with pytest.raises(ValidationError, match="'reddish' is no colour"):
        Flatten(color="reddish")
