"""Items as batches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from translate.errors import InputError
from translate.train.dataset import Pictures, Stream, ahead, held_out
from translate.train.layout import Item, Part, Source
from translate.train.pictures import Geometry

Draw = Callable[..., None]
GEOMETRY = Geometry("resize_and_crop", "auto", 10, 8, True, (1.0, 1.0, 1.0))


def items(folder: Path, draw: Draw, count: int, start: int = 0) -> tuple[Item, ...]:
    for index in range(start, start + count):
        draw(folder / f"{index}.png", index)
    return tuple(Item(f"{i}.png", Source(folder / f"{i}.png")) for i in range(start, start + count))


def pairs(folder: Path, draw: Draw, count: int) -> tuple[Item, ...]:
    single = items(folder, draw, count)
    return tuple(Item(item.key, item.image, item.image) for item in single)


def stream(part: Part, budget: int = 10**6, seed: int = 0) -> Stream:
    return Stream(Pictures(GEOMETRY, budget), part, (3, 3), seed)


def test_a_batch_is_a_function_of_its_position(tmp_path: Path, draw: Draw) -> None:
    part = Part(pairs(tmp_path, draw, 5))
    whole = stream(part).batch(3, 6)
    parts = [stream(part, budget=0).batch(position, 2) for position in (3, 5, 7)]
    assert torch.equal(whole.image, torch.cat([batch.image for batch in parts]))
    assert whole.keys == sum((batch.keys for batch in parts), ())
    assert whole.seeds == sum((batch.seeds for batch in parts), ())
    assert torch.equal(whole.image, whole.reference), "cut and flipped together"


def test_each_epoch_cuts_anew(tmp_path: Path, draw: Draw) -> None:
    one = stream(Part(items(tmp_path, draw, 1)))
    cuts = [one.batch(epoch, 1).image for epoch in range(8)]
    assert len({tuple(cut.flatten().tolist()) for cut in cuts}) > 3


def test_unpaired_pictures_are_drawn_apart(tmp_path: Path, draw: Draw) -> None:
    part = Part(items(tmp_path / "a", draw, 3), items(tmp_path / "b", draw, 4, start=50))
    batch = stream(part).batch(0, 12)
    assert batch.reference is not None
    assert batch.reference.shape == batch.image.shape
    assert not torch.equal(batch.image, batch.reference)


def test_the_cache_keeps_to_its_budget(tmp_path: Path, draw: Draw) -> None:
    found = items(tmp_path, draw, 4)
    pictures = Pictures(GEOMETRY, budget=2 * 3 * 10 * 10)
    for item in (*found, *found):
        pictures.get(item)
    assert len(pictures.kept) == 2
    assert pictures.used == 600


def test_cached_pictures_outlive_their_files(tmp_path: Path, draw: Draw) -> None:
    found = items(tmp_path, draw, 1)
    pictures = Pictures(GEOMETRY, budget=10**6)
    pictures.get(found[0])
    found[0].image.path.unlink()
    assert pictures.get(found[0])[0].shape == (3, 10, 10)
    with pytest.raises(InputError):
        Pictures(GEOMETRY).get(found[0])


def test_inputs_are_made_from_targets(tmp_path: Path, draw: Draw) -> None:
    item = pairs(tmp_path, draw, 1)[0]
    pictures = Pictures(GEOMETRY, make_input=lambda picture, key: 1 - picture)
    image, target = pictures.get(item)
    assert torch.equal(image, 255 - target)


def test_held_out_pictures_are_never_drawn(tmp_path: Path, draw: Draw) -> None:
    part = Part(pairs(tmp_path, draw, 5))
    first, second = (held_out(Pictures(GEOMETRY), part, (3, 3), 2) for _ in range(2))
    assert [len(batch) for batch in first] == [2, 2, 1]
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a.image, b.image)
        assert a.seeds == b.seeds


def test_held_out_pictures_of_several_shapes_come_in_batches_of_one_shape(
    tmp_path: Path, draw: Draw
) -> None:
    for name, size in (("a", (8, 8)), ("b", (8, 8)), ("c", (12, 8))):
        draw(tmp_path / f"{name}.png", 0, size)
    part = Part(tuple(Item(n, Source(tmp_path / f"{n}.png")) for n in "abc"))
    whole = Geometry("none", "auto", 8, 8, False, (1.0, 1.0, 1.0))
    batches = held_out(Pictures(whole), part, (3, 3), 8)
    assert [tuple(batch.image.shape) for batch in batches] == [(2, 3, 8, 8), (1, 3, 8, 12)]


def test_work_ahead_keeps_the_order_and_its_bound() -> None:
    started: list[int] = []
    lock = threading.Lock()

    def work(task: int) -> int:
        with lock:
            started.append(task)
        return task * task

    results = ahead(work, iter(range(100)), threads=3, depth=4)
    assert next(results) == 0
    assert len(started) <= 5
    assert list(results) == [n * n for n in range(1, 100)]


def test_what_fails_ahead_is_raised_in_its_place() -> None:
    def work(task: int) -> int:
        if task == 2:
            raise InputError("two")
        return task

    results = ahead(work, iter(range(5)), threads=2, depth=3)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(InputError, match="two"):
        next(results)
