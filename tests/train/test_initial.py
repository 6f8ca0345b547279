"""Trainings that start from weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from translate.errors import WeightsError
from translate.train.events import Started
from translate.train.initial import adopt
from translate.weights import Checkpoint


def test_a_run_starts_from_the_weights_of_another(start: Any, tmp_path: Path) -> None:
    start(images=16)
    first = tmp_path / "out" / "weights.safetensors"
    # a rate of next to nothing: what is there after a step is what was there before it
    events = start("second", fields={"rate": 1e-12}, start_from=str(first), images=1)
    started = next(event for event in events if isinstance(event, Started))
    assert started.origin == f"starting from {first}: {len(load_file(first))} of 9 tensors"
    after = load_file(tmp_path / "second" / "weights.safetensors")
    for name, value in load_file(first).items():
        if "running" not in name and "tracked" not in name:
            torch.testing.assert_close(after[name], value, atol=1e-3, rtol=0)


def test_a_run_that_goes_on_needs_its_first_weights_no_more(start: Any, tmp_path: Path) -> None:
    start(images=4)
    first = (tmp_path / "out").rename(tmp_path / "first") / "weights.safetensors"
    start(images=4, start_from=str(first))
    first.unlink()
    started = next(e for e in start(images=8, start_from=str(first)) if isinstance(e, Started))
    assert (started.seen, started.origin) == (4, "")


def test_a_missing_file_is_said_before_the_data_is_read(start: Any, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.safetensors: no such weights file"):
        start(start_from=str(tmp_path / "none.safetensors"), data=str(tmp_path / "no-data"))
    assert not (tmp_path / "out").exists()


def test_a_deeper_network_keeps_what_fits_and_says_what_is_fresh() -> None:
    shallow = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
    deep = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 4, 3))
    line = adopt(deep, Checkpoint(Path("w.safetensors"), shallow.state_dict()))
    assert line == "starting from w.safetensors: 2 of 4 tensors; fresh are 1.weight, 1.bias"
    assert torch.equal(deep[0].weight, shallow[0].weight)


def test_weights_of_another_network_are_refused(start: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file({"0.weight": torch.zeros(1, 2, 3)}, other)
    with pytest.raises(WeightsError, match="none of its tensors fits this network"):
        start(start_from=str(other))
