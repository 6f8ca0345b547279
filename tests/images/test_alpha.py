from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translate.images import Picture, fill_transparent, flatten, resize_alpha, with_frames
from translate.images.alpha import as_dtype


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_keeps_its_even_parts_when_resized(dtype: Any) -> None:
    alpha = np.zeros((20, 20), dtype)
    alpha[:, 10:] = np.iinfo(dtype).max
    large = resize_alpha(alpha, 60, 80)
    assert large.shape == (60, 80)
    assert large.dtype == dtype
    assert (large[:, :30] == 0).all()
    assert (large[:, 50:] == np.iinfo(dtype).max).all()


def test_alpha_of_the_right_size_is_not_touched() -> None:
    alpha = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert resize_alpha(alpha, 3, 4) is alpha


def test_new_frames_take_the_alpha_with_them() -> None:
    old = Picture(
        (np.zeros((4, 4, 3), np.uint8),), (np.full((4, 4), 255, np.uint8),), "PNG", loop=2
    )
    new = with_frames(old, [np.zeros((8, 12, 1), np.uint16)])
    assert new.alpha is not None
    assert new.alpha[0].shape == (8, 12)
    assert new.alpha[0].dtype == np.uint16
    assert (new.alpha[0] == 65535).all()
    assert new.loop == 2


def test_depths_map_white_to_white_and_back() -> None:
    levels = np.arange(256, dtype=np.uint8)
    wide = as_dtype(levels, np.dtype(np.uint16))
    assert wide[-1] == 65535
    assert np.array_equal(as_dtype(wide, np.dtype(np.uint8)), levels)
    every = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(as_dtype(every, np.dtype(np.uint8)), np.rint(every / 257))


def test_flattening_lays_over_white() -> None:
    frame = np.full((1, 3, 3), 100, np.uint8)
    flat = flatten(frame, np.array([[0, 51, 255]], np.uint8))
    assert flat[0, :, 0].tolist() == [255, 224, 100]


def test_hidden_colours_continue_the_visible_ones(samples: Callable[..., Any]) -> None:
    """A black that nobody sees does not bleed into what a filter makes of the edge."""
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[8:24, 8:24] = (200, 100, 50)
    alpha = np.zeros((32, 32), np.uint8)
    alpha[8:24, 8:24] = 255
    filled = fill_transparent(frame, alpha)
    assert (filled == (200, 100, 50)).all()


@settings(max_examples=40)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from((np.uint8, np.uint16)), st.data())
def test_visible_pixels_are_never_changed(
    height: int, width: int, dtype: Any, data: st.DataObject
) -> None:
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    top = np.iinfo(dtype).max
    frame = draw.integers(0, top + 1, (height, width, 3)).astype(dtype)
    alpha = np.where(draw.random((height, width)) < 0.5, 0, top // 2).astype(dtype)
    filled = fill_transparent(frame, alpha)
    assert filled.dtype == dtype
    assert np.array_equal(filled[alpha > 0], frame[alpha > 0])
    if (alpha > 0).any():
        assert filled.min() >= frame[alpha > 0].min()
        assert filled.max() <= frame[alpha > 0].max()


def test_a_large_picture_is_filled_in_pieces() -> None:
    frame = np.zeros((2100, 2100, 1), np.uint8)
    alpha = np.zeros((2100, 2100), np.uint8)
    frame[1040:1060, 1000:1110], alpha[1040:1060, 1000:1110] = 90, 255
    filled = fill_transparent(frame, alpha)
    assert (filled[1000:1100, 900:1200] == 90).all()


@pytest.mark.parametrize("value", [0, 255])
def test_what_is_all_hidden_or_all_visible_stays(value: int) -> None:
    frame = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert np.array_equal(fill_transparent(frame, np.full((4, 4), value, np.uint8)), frame)
