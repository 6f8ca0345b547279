"""Borders and backgrounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from translate import Batch
from translate_basic.canvas import Flatten, Pad, Unflatten, sources

RunChain = Callable[..., Batch]


few = st.integers(0, 40)


@given(st.integers(1, 20), few, few, st.sampled_from([("edge", "edge"), ("reflect", "reflect")]))
def test_sources_are_those_of_numpy_pad(
    size: int, before: int, after: int, mode: tuple[str, Literal["edge", "reflect"]]
) -> None:
    ours = sources(-before, size + after, size, mode[0], torch.device("cpu"))
    assert ours.tolist() == np.pad(np.arange(size), (before, after), mode=mode[1]).tolist()


@given(few, few, st.sampled_from([1, 8, 13]), st.booleans())
def test_the_border_makes_multiples_and_squares(
    all_sides: int, left: int, multiple: int, square: bool
) -> None:
    pad = Pad(all=all_sides, left=left, multiple_of=multiple, square=square)
    height, width = pad.output_size(31, 57)
    assert height % multiple == width % multiple == 0
    assert height >= 31 + 2 * all_sides
    assert width >= 57 + all_sides + left
    assert not square or height == width


def test_a_coloured_border_is_opaque_and_unmarked(run: RunChain, photo: Tensor) -> None:
    alpha = torch.full((1, 1, 40, 56), 0.5)
    out = run(photo, Pad(all=2, right=0, color="#00ff00"), alpha=alpha)
    assert out.image.shape == (1, 3, 44, 58)
    assert out.image[0, :, 0, 0].tolist() == [0, 1, 0]
    assert out.image[0, :, 2:-2, 2:].equal(photo)
    assert out.mask is None
    assert out.alpha is not None
    assert out.alpha[0, 0, 0].tolist() == [1] * 58
    assert out.alpha[0, 0, 2, 2] == 0.5


def test_a_marked_border_joins_the_mask(run: RunChain, photo: Tensor) -> None:
    out = run(photo, Pad(all=3, mode="edge", mark=True))
    assert out.mask is not None
    assert out.mask.sum() == 46 * 62 - 40 * 56
    assert out.mask[..., 3:-3, 3:-3].sum() == 0
    again = run(photo, Pad(all=3, mark=True), mask=torch.ones(1, 1, 40, 56))
    assert again.mask is not None
    assert again.mask.min() == 1


@pytest.mark.parametrize("mode", ["edge", "reflect"])
def test_a_continued_picture_takes_its_alpha_along(
    run: RunChain, photo: Tensor, mode: Literal["edge", "reflect"]
) -> None:
    out = run(photo, Pad(all=60, mode=mode), alpha=photo[None, :1])
    assert out.alpha is not None
    assert out.alpha.equal(out.image[:, :1])


def test_flatten_lays_the_picture_on_a_colour(run: RunChain, photo: Tensor) -> None:
    alpha = torch.zeros(1, 1, 40, 56)
    alpha[..., :20] = 1
    out = run(photo, Flatten(color="black"), alpha=alpha)
    assert out.alpha is None
    assert out.image[0].equal(photo * alpha[0])
    assert run(photo, Flatten()).image[0].equal(photo)


def test_unflatten_takes_the_colour_out_again(run: RunChain, photo: Tensor) -> None:
    alpha = torch.linspace(0.1, 1, 56).expand(1, 1, 40, 56)
    back = run(photo, Flatten(color="00aa88", alpha="keep"), Unflatten(color="00aa88"), alpha=alpha)
    assert back.alpha is not None
    assert back.alpha.equal(alpha)
    assert torch.allclose(back.image[0], photo, atol=1e-5)


def test_unflatten_leaves_opaque_and_unseen_pixels_alone(run: RunChain, photo: Tensor) -> None:
    assert run(photo, Unflatten()).image[0].equal(photo)
    unseen = torch.zeros(1, 1, 40, 56)
    assert run(photo, Unflatten(), alpha=unseen).image[0].equal(photo)
