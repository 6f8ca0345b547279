"""Bars on a terminal: how far each stage is, pictures per second and time left."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from translate.batch import Batch
    from translate.run.program import Program
    from translate.run.results import Result
    from translate.stage import Run

Tick = Callable[["Result"], None]


@contextmanager
def bars(program: Program, total: int, wanted: bool | None) -> Iterator[Tick]:
    """Draw a bar for each stage and one for what is written; give what to call per result.

    Args:
        program: its stages are watched while the block runs.
        total: how many pictures will be made.
        wanted: None = if stderr is a terminal.
    """
    if not (sys.stderr.isatty() if wanted is None else wanted) or total == 0:
        yield lambda result: None
        return
    with _progress() as progress:
        steps = program.steps
        tasks = [progress.add_task(step.stage.name, total=total) for step in steps]
        written = progress.add_task("written", total=total)
        program.steps = tuple(
            dataclasses.replace(step, run=_Watched(step.run, progress, task))
            for step, task in zip(steps, tasks, strict=True)
        )
        try:
            yield lambda result: progress.advance(written)
        finally:
            program.steps = steps


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Pictures per second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Watched:
    """A stage's function that tells its bar of every picture, once, though it come in tiles."""

    def __init__(self, run: Run, progress: Progress, task: TaskID) -> None:
        self._run, self._progress, self._task = run, progress, task
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, batch: Batch) -> Batch:
        made = self._run(batch)
        with self._lock:
            self._seen.update(key.partition("#")[0] for key in batch.keys)
            seen = len(self._seen)
        self._progress.update(self._task, completed=seen)
        return made
