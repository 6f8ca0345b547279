"""Bad data is named before the first step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translate.errors import UsageError
from translate.train.events import Checked

Draw = Callable[..., None]


def checked(events: list[Any]) -> Checked:
    found = events[0]
    assert isinstance(found, Checked)
    return found


def test_whole_data_has_no_problems(start: Any) -> None:
    assert checked(start(images=2)) == Checked((7, 0), (0, 0), (), ())


def test_corrupt_missing_and_unlike_pairs_are_left_out_one_line_each(
    start: Any, pairs: Path, draw: Draw
) -> None:
    (pairs / "A" / "0.png").write_bytes(b"no picture")
    (pairs / "B" / "1.png").write_bytes((pairs / "B" / "1.png").read_bytes()[:60])
    (pairs / "B" / "2.png").unlink()
    draw(pairs / "A" / "3.png", 3, (40, 12))
    found = checked(start(images=2))
    assert found.train == (3, 0)
    assert len(found.problems) == 4
    for name, problem in zip(("2.png", "0.png", "1.png", "3:"), found.problems, strict=True):
        assert name in problem
        assert "\n" not in problem


@pytest.mark.parametrize(("left", "message"), [(0, "no usable pictures"), (1, "only one usable")])
def test_nothing_or_one_picture_is_refused(
    start: Any, pairs: Path, left: int, message: str
) -> None:
    for path in sorted((pairs / "A").iterdir())[left:]:
        path.unlink()
    with pytest.raises(UsageError, match=message):
        start(images=2)


def test_one_picture_may_be_overfitted(start: Any) -> None:
    events = start(images=4, overfit=1, sample_every=2)
    assert checked(events).train == checked(events).held_out == (1, 0)


def test_an_empty_side_of_unpaired_data_is_refused(start: Any, pairs: Path, tmp_path: Path) -> None:
    for path in (pairs / "B").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="no usable pictures of B"):
        start(recipe="tiny-unpaired", images=2)
    assert not (tmp_path / "out").exists()


def test_gray_among_colour_is_noted_and_taken(start: Any, pairs: Path, draw: Draw) -> None:
    draw(pairs / "A" / "4.png", 4, mode="L")
    found = checked(start(images=2))
    assert found.train == (7, 0)
    assert found.notes[0].startswith("1 of 7 inputs are gray among colour")


def test_gray_inputs_alone_make_a_network_of_one_channel(
    start: Any, pairs: Path, draw: Draw, tmp_path: Path
) -> None:
    from translate.weights import read_header

    for index in range(7):
        draw(pairs / "A" / f"{index}.png", index, mode="L")
    start(images=2)
    assert read_header(tmp_path / "out" / "weights.safetensors").config["channels"] == [1, 3]


def test_pictures_of_several_shapes_cannot_share_a_batch(
    start: Any, pairs: Path, draw: Draw
) -> None:
    for side in "AB":
        draw(pairs / side / "5.png", 5, (16, 12))
    with pytest.raises(UsageError, match="2 shapes, which cannot share a batch: use --batch 1"):
        start(images=2, preprocess="none")
    assert checked(start("single", images=2, batch=1, preprocess="none")).train == (7, 0)


def test_held_out_pairs_are_counted(start: Any) -> None:
    found = checked(start(images=2, val=0.4))
    assert found.train[0] + found.held_out[0] == 7
    assert found.held_out[0] > 0
