"""What `translate train` shows: progress on a terminal, else a line now and then; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from translate.cli.text import note
from translate.train.events import (
    Checked,
    Event,
    Finished,
    Measured,
    Started,
    Stepped,
    Warned,
)

if TYPE_CHECKING:
    from rich.progress import Progress

_SHOWN = 20
_PERIOD = 60.0
INTERRUPTED = 130


class Screen:
    """Shows the events of a run, and keeps the exit code that they come to."""

    def __init__(self, terminal: bool | None = None) -> None:
        self.exit_code = 0
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._bar: Progress | None = None
        self._task: Any = None
        self._total = self._steps = 0
        self._sums: dict[str, float] = {}
        self._first = self._last = (time.monotonic(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Checked():
                self._checked(event)
            case Started():
                self._started(event)
            case Stepped():
                self._stepped(event)
            case Measured():
                mark = ", the best so far" if event.best else ""
                self._say(f"held out at {event.seen:,}: {_compared(event)}{mark}")
            case Warned():
                self._say(f"warning: {event.message}")
            case Finished():
                self._finished(event)

    def _say(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            note(line)

    def _checked(self, event: Checked) -> None:
        for problem in event.problems[:_SHOWN]:
            print(problem, file=sys.stderr)
        left = len(event.problems) - _SHOWN
        if left > 0:
            print(f"and {left} more", file=sys.stderr)
        for line in event.notes:
            note(line)
        out = f"; {len(event.problems)} left out" if event.problems else ""
        note(f"{_count(event.train)} to train on, {_count(event.held_out)} held out{out}")
        self.exit_code = int(bool(event.problems))

    def _started(self, event: Started) -> None:
        self._total = event.images
        self._first = self._last = (time.monotonic(), event.seen)
        if event.origin:
            note(event.origin)
        start = f"going on at image {event.seen:,}" if event.seen else "starting"
        note(
            f"{start} of {event.images:,} on {event.device} in {event.precision}, "
            f"{event.parameters / 1e6:.2f} M parameters"
        )
        if self._terminal:
            self._bar = _progress()
            self._task = self._bar.add_task(
                "", total=event.images, completed=event.seen, speed="", losses=""
            )
            self._bar.start()

    def _stepped(self, event: Stepped) -> None:
        now, (before, seen) = time.monotonic(), self._last
        if self._bar is not None:
            start, first = self._first
            speed = f"{(event.seen - first) / max(now - start, 1e-9):.1f} images/s"
            losses = _listed(event.losses)
            self._bar.update(self._task, completed=event.seen, speed=speed, losses=losses)
            return
        self._steps += 1
        for name, value in event.losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if now - before < _PERIOD:
            return
        means = {name: value / self._steps for name, value in self._sums.items()}
        self._sums, self._steps = {}, 0
        rate = (event.seen - seen) / (now - before)
        left = (self._total - event.seen) / rate
        self._last = now, event.seen
        note(
            f"{event.seen:,} of {self._total:,} images, {rate:.1f} images/s, "
            f"{_clock(left)} left, {_listed(means)}"
        )

    def _finished(self, event: Finished) -> None:
        if event.stopped:
            self.exit_code = INTERRUPTED
            self._say(f"stopped at image {event.seen:,}; the same command goes on from there")
        else:
            self._say(f"{event.weights}: trained on {event.seen:,} images")


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeLeft(),
        TextColumn("{task.fields[losses]}"),
        console=Console(stderr=True),
    )


def _count(part: tuple[int, int]) -> str:
    return f"{part[0]:,} + {part[1]:,}" if part[1] else f"{part[0]:,}"


def _listed(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())


def _compared(event: Measured) -> str:
    return ", ".join(
        f"{name} {value:.4g}"
        + (f" (input: {event.baseline[name]:.4g})" if name in event.baseline else "")
        for name, value in event.values.items()
    )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
