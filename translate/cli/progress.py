"""Bars on a terminal: how far each stage is, pictures per second and time left."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from translate.batch import Batch
    from translate.run.program import Program
    from translate.stage import Run

Tick = Callable[[], None]


@contextmanager
def bars(program: Program, counts: Mapping[str, int], wanted: bool | None) -> Iterator[Tick]:
    """Draw a bar for each stage and one for what is finished; give what to call per result.

    Args:
        program: its stages are watched while the block runs.
        counts: how many items there are of each action of the plan.
        wanted: None = if stderr is a terminal.
    """
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda: None
        return
    with _progress() as progress:
        steps, total = program.steps, counts.get("make", 0)
        tasks = [progress.add_task(step.stage.name, total=total) for step in steps]
        finished = progress.add_task("finished", total=sum(counts.values()))
        program.steps = tuple(
            dataclasses.replace(step, run=_Watched(step.run, progress, task))
            for step, task in zip(steps, tasks, strict=True)
        )
        try:
            yield lambda: progress.advance(finished)
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
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=console.is_terminal)


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
