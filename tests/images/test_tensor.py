from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from translate.images import to_array, to_tensor

pictures = st.sampled_from((np.uint8, np.uint16)).flatmap(
    lambda dtype: arrays.arrays(
        dtype, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((1, 3)))
    )
)


@settings(max_examples=40)
@given(array=pictures)
def test_every_level_comes_back(array: np.ndarray) -> None:
    back = to_array(to_tensor(array), array.dtype)
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)
    assert back.flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tensors_are_planes_in_zero_to_one(dtype: Any) -> None:
    array = np.array([[[0, 1, np.iinfo(dtype).max]]], dtype)
    tensor = to_tensor(array)
    assert tensor.shape == (3, 1, 1)
    assert tensor.dtype == torch.float32
    assert tensor.is_contiguous()
    assert tensor.flatten().tolist() == pytest.approx([0, 1 / np.iinfo(dtype).max, 1])


def test_a_plane_gets_its_channel() -> None:
    assert to_tensor(np.zeros((2, 5), np.uint8)).shape == (1, 2, 5)


def test_arrays_are_rounded_and_clamped() -> None:
    values = torch.tensor([-1.0, 0.5, 0.999, 2.0]).view(1, 1, 4)
    assert to_array(values)[0, :, 0].tolist() == [0, 128, 255, 255]
    assert to_array(values, np.uint16)[0, :, 0].tolist() == [0, 32768, 65469, 65535]


def test_neither_shares_memory_nor_changes_its_argument() -> None:
    array = np.full((2, 2, 3), 7, np.uint8)
    tensor = to_tensor(array)
    tensor.zero_()
    assert (array == 7).all()
    half = torch.full((3, 2, 2), 0.5)
    to_array(half)
    assert (half == 0.5).all()


def test_low_precision_is_taken() -> None:
    assert to_array(torch.full((1, 2, 2), 0.5, dtype=torch.bfloat16)).max() == 128
