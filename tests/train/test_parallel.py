"""Several processes train as one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from translate.train.checkpoint import load
from translate.train.parallel import SyncBatchNorm, synchronise_batch_norm

_RUN = "import sys; from translate.cli import execute; sys.exit(execute(sys.argv[1:]))"


@pytest.fixture
def launch(tmp_path: Path, pairs: Path, tiny_plugin: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start `translate train tiny` with options in a process of its own."""

    def run(name: str, *options: str) -> subprocess.Popen[str]:
        script = tmp_path / "command.py"
        script.write_text(_RUN)
        command = [sys.executable, str(script), "train", "tiny", str(pairs), str(tmp_path / name)]
        always = "--plugin", str(tiny_plugin), "--val", "0", "--precision", "float32"
        return subprocess.Popen(
            [*command, *always, "--device", "cpu", *options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    return run


def losses(folder: Path) -> list[dict[str, float]]:
    lines = (folder / "stats.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_two_processes_give_the_losses_of_one_with_twice_the_batch(
    launch: Any, start: Any, tmp_path: Path
) -> None:
    fields = {"dropout": 0.0, "pool": False}
    options = "--set", "dropout=0", "--set", "pool=false", "--images", "24"
    process = launch("two", *options, "--devices", "2", "--batch", "2")
    said = process.communicate(timeout=300)[1]
    assert process.returncode == 0, said
    start("one", fields=fields, images=24, batch=4)
    one, two = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert [row["images"] for row in two] == [row["images"] for row in one] == [*range(4, 25, 4)]
    for a, b in zip(one, two, strict=True):
        for name in ("judge", "generator"):
            assert b[name] == pytest.approx(a[name], abs=1e-5)
    assert said.count("7 to train on") == 1, "only the first process speaks"


def test_killing_one_process_ends_the_run_with_a_checkpoint(launch: Any, tmp_path: Path) -> None:
    dies = "--set", f"signal={int(signal.SIGKILL)}", "--set", "signal_at=4"
    process = launch("out", *dies, "--images", "100", "--devices", "2", "--save-every", "0s")
    said = process.communicate(timeout=300)[1]
    # Fabric's watcher of the children may be faster than our own way out.
    assert process.returncode in (1, -signal.SIGKILL)
    assert "another process of this training has ended" in said
    assert "Traceback" not in said
    assert load(tmp_path / "out" / "checkpoint" / "last.pt")["seen"] == 3 * 4


def test_batch_norm_is_replaced_with_its_own_weights() -> None:
    norm = nn.BatchNorm2d(3)
    module = nn.Sequential(nn.Sequential(nn.Conv2d(3, 3, 1), norm), nn.InstanceNorm2d(3))
    synchronise_batch_norm(module)
    replaced = module[0][1]
    assert isinstance(replaced, SyncBatchNorm)
    assert replaced.weight is norm.weight
    assert replaced.running_var is norm.running_var
    assert set(module.state_dict()) == {"0.0.weight", "0.0.bias"} | {
        f"0.1.{name}" for name in norm.state_dict()
    }
    picture = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(replaced.eval()(picture), norm.eval()(picture))
