"""A batch is frozen, splits and joins, and its noise belongs to the picture, not to the batch."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from translate import Batch
from translate.batch import noise_field, seed_for


def batch(size: int = 3, side: int = 8) -> Batch:
    keys = tuple(f"{i}.png" for i in range(size))
    return Batch(torch.rand(size, 3, side, side), keys, tuple(seed_for(0, k) for k in keys))


def test_a_batch_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch().keys = ()  # type: ignore[misc]


def test_split_then_stack_gives_the_same_batch():
    whole = batch().replace(
        mask=torch.rand(3, 1, 8, 8), prompts=("a", "b", "c"), info=({"x": 1}, {}, {"x": 2})
    )
    parts = list(whole.split())
    again = Batch.stack(parts)
    assert [len(p) for p in parts] == [1, 1, 1]
    assert torch.equal(again.image, whole.image)
    assert torch.equal(again.mask, whole.mask)
    assert (again.prompts, again.info, again.keys) == (whole.prompts, whole.info, whole.keys)


def test_info_of_some_items_survives_stacking_with_items_that_have_none():
    first, second, _ = batch().split()
    joined = Batch.stack([first.with_info([{"score": 0.5}]), second])
    assert joined.info == ({"score": 0.5}, {})


def test_with_info_adds_to_what_is_there():
    assert batch(1).with_info([{"a": 1}]).with_info([{"b": 2}]).info == ({"a": 1, "b": 2},)


@given(
    top=st.integers(0, 300),
    left=st.integers(0, 300),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
)
def test_a_tile_gets_the_noise_that_lies_under_it(top, left, height, width):
    whole = noise_field(7, 1, top + height, left + width)
    tile = noise_field(7, 1, height, width, top, left)
    assert torch.equal(tile, whole[:, top:, left:])


def test_noise_does_not_depend_on_the_batch():
    whole = batch()
    alone = torch.cat([part.noise(2, 8, 8) for part in whole.split()])
    assert torch.equal(whole.noise(2, 8, 8), alone)


def test_noise_differs_by_seed_and_by_purpose_and_is_standard_normal():
    noise = batch().noise(1, 200, 200)
    assert not torch.equal(noise[0], noise[1])
    assert not torch.equal(noise, batch().noise(1, 200, 200, salt="dropout"))
    assert abs(float(noise.mean())) < 0.02
    assert abs(float(noise.std()) - 1) < 0.02


def test_scaled_noise_of_a_tile_lies_under_the_scaled_tile():
    tile = batch(1).replace(origins=((3, 5),))
    whole = batch(1).noise(1, 80, 80)
    assert torch.equal(tile.noise(1, 16, 16, scale=4), whole[:, :, 12:28, 20:36])


def test_a_seed_is_the_same_on_every_machine():
    assert seed_for(0, "a/b.png") == 3125183850204526715
