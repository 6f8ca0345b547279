"""Sizes, cuts and turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from translate import Batch
from translate_basic.geometry import Crop, Flip, Resize, Rotate, UpscaleBicubic

RunChain = Callable[..., Batch]


side = st.integers(1, 400)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"width": 28}, (20, 28)),
        ({"height": 20}, (20, 28)),
        ({"width": 28, "height": 28}, (20, 28)),
        ({"width": 28, "height": 28, "mode": "fill"}, (28, 28)),
        ({"width": 28, "height": 28, "mode": "exact"}, (28, 28)),
        ({"width": 28, "mode": "exact"}, (40, 28)),
        ({"width": 560, "enlarge": False}, (40, 56)),
        ({"scale": 0.25}, (10, 14)),
        ({"multiple_of": 16}, (32, 64)),
        ({"width": 30, "multiple_of": 8}, (24, 32)),
    ],
)
def test_resize_meets_the_size(
    run: RunChain, photo: Tensor, parameters: dict[str, Any], expected: tuple[int, int]
) -> None:
    stage = Resize(**parameters)
    assert stage.output_size(40, 56) == expected
    assert run(photo, stage).image.shape == (1, 3, *expected)


@given(side, side, side, side, st.sampled_from([1, 8]))
def test_fit_stays_in_the_box_and_fill_covers_it(
    height: int, width: int, tall: int, wide: int, multiple: int
) -> None:
    fit = Resize(width=wide, height=tall).output_size(height, width)
    assert fit[0] <= tall
    assert fit[1] <= wide
    fill = Resize(width=wide, height=tall, mode="fill", multiple_of=multiple)
    filled = fill.output_size(height, width)
    assert filled == tuple(max(1, round(s / multiple)) * multiple for s in (tall, wide))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "needs a width"),
        ({"width": 5, "scale": 2}, "either scale"),
        ({"width": 5, "mode": "fill"}, "needs both"),
        ({"width": 0}, "greater than or equal to 1"),
    ],
)
def test_resize_refuses_what_makes_no_size(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Resize(**parameters)


def test_shrinking_averages_fine_stripes(run: RunChain) -> None:
    stripes = (torch.arange(64) % 2).float().expand(1, 64, 64)
    smooth = run(stripes, Resize(scale=0.25)).image
    assert (smooth[..., 4:-4] - 0.5).abs().max() < 0.02
    rough = run(stripes, Resize(scale=0.25, filter="nearest")).image
    assert set(rough.flatten().tolist()) <= {0.0, 1.0}


def test_colours_of_transparent_pixels_do_not_bleed(run: RunChain) -> None:
    red = torch.zeros(3, 32, 32)
    red[0, :, :16] = 1
    alpha = torch.zeros(1, 1, 32, 32)
    alpha[..., :16] = 1
    out = run(red, Resize(scale=0.5, filter="bilinear"), alpha=alpha)
    assert out.alpha is not None
    seen = out.image[0, 0][out.alpha[0, 0] > 0.1]
    assert seen.min() > 0.95


def test_upscaling_a_slope_keeps_its_mean(run: RunChain, photo: Tensor) -> None:
    up = run(photo, UpscaleBicubic(factor=4)).image
    assert up.shape == (1, 3, 160, 224)
    assert torch.allclose(up.mean((2, 3)), photo.mean((1, 2))[None], atol=2e-3)
    down = run(up, Resize(scale=0.25)).image
    assert (down - photo).abs().mean() < 0.03


def test_crop_takes_the_window_and_the_mask_with_it(run: RunChain, photo: Tensor) -> None:
    mask = (photo[:1] > 0.5).float()[None]
    out = run(photo, Crop(width=10, height=8, x=1, y=0), mask=mask)
    assert out.image[0].equal(photo[:, :8, -10:])
    assert out.mask is not None
    assert out.mask.equal(mask[..., :8, -10:])
    assert run(photo, Crop(width=999, height=999)).image[0].equal(photo)


def test_flip_twice_is_nothing(run: RunChain, photo: Tensor) -> None:
    once = run(photo, Flip(direction="both")).image[0]
    assert once.equal(photo.flip(-1, -2))
    assert run(photo, Flip(), Flip()).image[0].equal(photo)


@pytest.mark.parametrize(("angle", "turns"), [(90, 1), (180, 2), (-90, 3), (360, 0), (-270, 1)])
def test_quarter_turns_are_exact(run: RunChain, photo: Tensor, angle: float, turns: int) -> None:
    out = run(photo, Rotate(angle=angle)).image[0]
    assert out.equal(photo.rot90(turns, (-2, -1)))


def test_a_turn_by_nearly_a_quarter_is_nearly_one(run: RunChain) -> None:
    smooth = torch.linspace(0, 1, 48)[:, None] * torch.linspace(1, 0.3, 48)
    exact = run(smooth[None], Rotate(angle=90)).image
    near = run(smooth[None], Rotate(angle=89.9, expand=False)).image
    assert (exact - near)[..., 2:-2, 2:-2].abs().max() < 0.01


def test_turning_shows_the_colour_in_the_corners(run: RunChain, photo: Tensor) -> None:
    alpha = torch.ones(1, 1, 40, 56)
    out = run(photo * 0, Rotate(angle=45, color="#ff0000"), alpha=alpha)
    assert torch.allclose(out.image[0, :, 0, 0], torch.tensor([1.0, 0, 0]))
    assert out.alpha is not None
    assert out.alpha[0, 0, 0, 0] == 0
    assert out.alpha[0, 0, 34, 34] == 1
