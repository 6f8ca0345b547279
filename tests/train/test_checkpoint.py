"""A checkpoint is whole or not there, and gives back what it was given."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from translate.errors import WeightsError
from translate.train.checkpoint import CheckpointError, collect, load, restore, save
from translate.train.events import Event, Finished, Stepped, Warned


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a disk that is full."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    parts = {"net": nn.Linear(3, 2), "other": nn.BatchNorm2d(2)}
    save(tmp_path / "c.pt", {"parts": collect(parts), "seen": 3})
    twins = {"net": nn.Linear(3, 2), "other": nn.BatchNorm2d(2)}
    content = load(tmp_path / "c.pt")
    restore(twins, content["parts"], tmp_path / "c.pt")
    assert content["seen"] == 3
    assert torch.equal(twins["net"].weight, parts["net"].weight)


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    save(path, {"values": torch.zeros(10)})
    before = path.read_bytes()
    with (
        disk_of(20_000),
        pytest.raises(CheckpointError, match="the checkpoint before it is intact"),
    ):
        save(path, {"values": torch.rand(100_000)})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_while_training_is_a_warning_until_the_end(
    start: Any, tmp_path: Path
) -> None:
    start(images=4)
    before = (tmp_path / "out" / "checkpoint" / "last.pt").read_bytes()
    seen: list[Event] = []
    with disk_of(5_000), pytest.raises(CheckpointError):
        start(images=8, save_every="0s", said=seen.append)
    assert [e.seen for e in seen if isinstance(e, Stepped)] == [6, 8], "training went on"
    warned = {Path(e.message.split(":")[0]).name for e in seen if isinstance(e, Warned)}
    assert warned >= {"last.pt"}
    assert (tmp_path / "out" / "checkpoint" / "last.pt").read_bytes() == before
    assert isinstance(start(images=8)[-1], Finished)


def test_other_networks_are_refused(tmp_path: Path) -> None:
    state = collect({"net": nn.Linear(3, 2)})
    with pytest.raises(WeightsError, match="'net' does not fit this training"):
        restore({"net": nn.Linear(4, 2)}, state, tmp_path)
    with pytest.raises(WeightsError, match="differs in judge"):
        restore({"net": nn.Linear(3, 2), "judge": nn.Linear(1, 1)}, state, tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_what_is_no_checkpoint_is_said_to_be_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "c.pt"
    if content is None:
        torch.save({"weights": torch.zeros(1)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"c\.pt: not a checkpoint"):
        load(path)


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "pwned"),)

    torch.save({"format": 1, "evil": Evil()}, tmp_path / "c.pt")
    with pytest.raises(WeightsError):
        load(tmp_path / "c.pt")
    assert not (tmp_path / "pwned").exists()
