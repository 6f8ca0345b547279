"""Runs that are killed at moments nobody chose, and started again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from translate.run.local import run
from translate.run.plan import make_plan
from translate.run.program import Program
from translate.run.results import Done

RUN = """
import sys
from typing import ClassVar
from translate import Stage, Store
from translate.run.local import run
from translate.run.options import Options
from translate.run.plan import make_plan
from translate.run.program import Program

class Grain(Stage):
    name: ClassVar[str] = "grain"
    def load(self, ctx):
        return lambda b: b.replace(image=b.image + 0.2 * b.noise(3, *b.image.shape[-2:]))

steps, store, options = (Grain(),), Store(), Options(device="cpu", workers=3)
plan = make_plan([sys.argv[1]], sys.argv[2], steps=steps, store=store, options=options)
print("made" if plan.counts().get("make") else "nothing", flush=True)
for result in run(plan, Program(steps, store, options=options)):
    print(type(result).__name__, flush=True)
"""


def start(photos: Path, out: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", RUN, str(photos), str(out)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file by relative path, hidden ones too, the journal left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != ".translate"
    }


def finish(photos: Path, out: Path) -> list[str]:
    process = start(photos, out)
    lines = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    return lines


def kill(photos: Path, out: Path, results: int, delay: float) -> None:
    """Start a run and kill it `delay` seconds after its n-th result."""
    process = start(photos, out)
    assert process.stdout is not None
    for _ in range(results + 1):
        process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


@pytest.fixture
def many(tmp_path: Path, save) -> Path:
    for number in range(40):
        save(tmp_path / "many" / f"{number % 4}" / f"{number:02d}.png", seed=number)
    return tmp_path / "many"


def undisturbed(many: Path, out: Path, step, store) -> None:
    """Do what the runs of this file do, here and without a kill."""
    plan = make_plan([many], out, steps=[step], store=store)
    assert all(isinstance(result, Done) for result in run(plan, Program([step], store)))


def check(many: Path, tmp_path: Path, step, store, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(kills):
        kill(many, tmp_path / "out", results=number * 4, delay=chance.random() * 0.05)
        names = set(tree(tmp_path / "out")) if (tmp_path / "out").exists() else set()
        assert len(names) < 45
    lines = finish(many, tmp_path / "out")
    assert "Failed" not in lines
    assert "Skipped" in lines
    undisturbed(many, tmp_path / "whole", step, store)
    whole = tree(tmp_path / "whole")
    assert len(whole) == 40
    assert tree(tmp_path / "out") == whole


def test_killed_and_run_again_gives_the_bytes_of_an_undisturbed_run(
    many: Path, tmp_path: Path, stages, store
) -> None:
    check(many, tmp_path, stages.Grain(), store, kills=2, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_killed_many_times(many: Path, tmp_path: Path, stages, store, seed: int) -> None:
    check(many, tmp_path, stages.Grain(), store, kills=8, seed=seed)
