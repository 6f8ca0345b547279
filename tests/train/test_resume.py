"""Stopped and started again, a run ends with the very weights of one that was left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from translate.errors import UsageError, WeightsError
from translate.train.checkpoint import load


def states(folder: Path) -> dict[str, Any]:
    return load(folder / "checkpoint" / "last.pt")


def flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {
            k: v for key, inner in value.items() for k, v in flat(inner, f"{name}/{key}").items()
        }
    if isinstance(value, list):
        return flat(dict(enumerate(value)), name)
    return {name: value}


def assert_same(first: Path, second: Path) -> None:
    """Every tensor and number of two checkpoints, time and settings apart, is the same."""
    a, b = flat(states(first)), flat(states(second))
    changing = ("/seconds", "/settings/images")
    assert a.keys() == b.keys()
    for name, value in a.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, b[name]), name
        elif not name.startswith(changing):
            assert value == b[name], name


def test_n_and_n_is_two_n_bit_for_bit(start: Any, tmp_path: Path) -> None:
    start("whole", images=20)
    start("halves", images=10)
    start("halves", images=20)
    assert_same(tmp_path / "whole", tmp_path / "halves")
    assert states(tmp_path / "halves")["seen"] == 20
    ours, theirs = (load_file(tmp_path / n / "weights.safetensors") for n in ("whole", "halves"))
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_stopped_mid_epoch_with_a_schedule(start: Any, tmp_path: Path, precision: str) -> None:
    options = {"images": 24, "schedule": "linear", "precision": precision, "accumulate": 2}
    start("whole", **options)
    for _ in range(3):
        start("parts", stop=countdown(2), **options)
    start("parts", **options)
    assert_same(tmp_path / "whole", tmp_path / "parts")


def countdown(steps: int) -> Callable[[], bool]:
    """Return a signal that comes after so many steps."""
    left = iter(range(steps))
    return lambda: next(left, None) is None


class Killed(BaseException):
    """Stands for a kill: nothing may tidy up after it."""


@pytest.mark.parametrize("at", [0, 3, 5])
def test_killed_at_any_step(start: Any, tmp_path: Path, at: int) -> None:
    def kill() -> Callable[[], bool]:
        left = iter(range(at))

        def check() -> bool:
            if next(left, None) is None:
                raise Killed
            return False

        return check

    start("whole", images=14, val=0.3, sample_every=4)
    with pytest.raises(Killed):
        start("killed", images=14, val=0.3, sample_every=4, save_every="0s", stop=kill())
    start("killed", images=14, val=0.3, sample_every=4)
    assert_same(tmp_path / "whole", tmp_path / "killed")
    lines = (tmp_path / "killed" / "stats.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    seen = [row["images"] for row in rows if "held_out" not in row]
    assert seen == sorted(set(seen)), "rows of images that were seen twice are dropped"


def test_a_finished_run_is_left_as_it_is(start: Any, tmp_path: Path) -> None:
    start()
    before = states(tmp_path / "out")
    start()
    assert states(tmp_path / "out")["seen"] == before["seen"] == 16


def test_other_settings_are_refused_by_name(start: Any) -> None:
    start()
    with pytest.raises(UsageError, match="batch: was 2, now 4"):
        start(batch=4)
    with pytest.raises(UsageError, match="crop_size: was 8, now 6"):
        start(crop_size=6)


def test_a_damaged_checkpoint_is_named(start: Any, tmp_path: Path) -> None:
    start()
    path = tmp_path / "out" / "checkpoint" / "last.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"last\.pt: not a checkpoint, or a damaged one"):
        start(images=20)


def test_another_seed_gives_other_weights(start: Any, tmp_path: Path) -> None:
    start("one", seed=1)
    start("two", seed=2)
    with pytest.raises(AssertionError):
        assert_same(tmp_path / "one", tmp_path / "two")
