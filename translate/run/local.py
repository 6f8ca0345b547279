"""The local engine: a plan through a program, files in and files out, all of it overlapped.

Where pictures go one by one, as on the CPU, each worker takes one from its file to its file, and
computes with one thread: pictures scale over cores better than the parts of one do (docs/run.md).
Where they go in batches, as on a GPU, reading, computing and writing are three stations.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from translate.run.ahead import ahead, grouped
from translate.run.frame import Frame
from translate.run.place import sweep
from translate.run.plan import Item, Plan
from translate.run.program import Program
from translate.run.reading import Opened, read
from translate.run.results import Failed, Result, Skipped, why
from translate.run.threads import cores, intra_op_threads
from translate.run.writing import write

if TYPE_CHECKING:
    import torch

_FEEDERS = 2
"""Threads that compute batches: one waits for a GPU's results while the other's are computed."""


def run(plan: Plan, program: Program) -> Generator[Result, None, None]:
    """Carry out a plan; yield what becomes of each item, as it is known.

    One bad input never stops the others, unless `fail_fast` is set. When the consumer stops, or
    Ctrl-C raises KeyboardInterrupt in it, nothing more begins, what runs ends at its next step,
    and no partial file is left.
    """
    options = program.options
    todo = [item for item in plan.items if item.action == "make"]
    program.start()
    sweep(item.output for item in todo)
    yield from known(plan)
    if options.fail_fast and any(item.action == "fail" for item in plan.items):
        return
    alone = program.most == 1 and program.device.type == "cpu"
    results = _one_by_one if alone else _in_stations
    workers = min(options.workers or cores(), max(1, len(todo)))
    made = results(todo, plan, program, workers)
    program.helpers = max(1, cores() // workers) if program.device.type == "cpu" else 1
    with intra_op_threads(program.helpers):
        try:
            for result in made:
                yield result
                if options.fail_fast and isinstance(result, Failed):
                    return
        finally:
            made.close()
            plan.journal.close()


def known(plan: Plan) -> Iterator[Result]:
    """Yield what the plan knows already: items that are skipped, and those that cannot be read."""
    for item in plan.items:
        if item.action == "skip":
            yield Skipped(item.key, item.source, item.output, item.why)
        elif item.action == "fail":
            yield _failed(item, item.why)


def _one_by_one(
    items: Sequence[Item], plan: Plan, program: Program, workers: int
) -> Generator[Result, None, None]:
    def make(item: Item) -> Result:
        opened = _read(item, program)
        if isinstance(opened, Failed):
            return opened
        while opened.frames:
            frame = opened.frames.pop(0)
            made = program.translate([frame])[0]
            del frame
            if isinstance(made, Exception):
                return _failed(opened.item, why(made), opened.began)
            opened.made[made.key] = made
        return _write(opened, plan, program)

    yield from ahead(make, items, workers, 2 * workers, program.stop)


def _in_stations(
    items: Sequence[Item], plan: Plan, program: Program, workers: int
) -> Generator[Result, None, None]:
    """Read, compute and write at three stations, with bounded queues between them."""

    def load(item: Item) -> Opened | Failed:
        return _read(item, program)

    def compute(group: list[tuple[Opened, Frame]]) -> list[tuple[Opened, Frame | Exception]]:
        with streams.own():
            made = program.translate([frame for _, frame in group])
        return [(opened, result) for (opened, _), result in zip(group, made, strict=True)]

    def finish(ready: Opened | Failed) -> Result:
        return ready if isinstance(ready, Failed) else _write(ready, plan, program)

    streams = _Streams(program.device)
    early: list[Failed] = []
    depth = max(2 * workers, 2 * program.most)
    loaded = ahead(load, items, workers, depth, program.stop)
    groups = grouped(_frames(loaded, early), lambda pair: pair[1].shape(), lambda: program.most)
    computed = ahead(compute, groups, _FEEDERS, 2 * _FEEDERS, program.stop)
    yield from ahead(finish, _complete(computed, early), workers, depth, program.stop)


def _frames(
    loaded: Iterable[Opened | Failed], early: list[Failed]
) -> Iterator[tuple[Opened, Frame]]:
    for opened in loaded:
        if isinstance(opened, Failed):
            early.append(opened)
            continue
        while opened.frames:
            yield opened, opened.frames.pop(0)


def _complete(
    computed: Iterable[list[tuple[Opened, Frame | Exception]]], early: list[Failed]
) -> Iterator[Opened | Failed]:
    """Yield items all of whose frames are there, and those that have failed, once each."""
    for group in computed:
        for opened, made in group:
            if opened.lost:
                continue
            if isinstance(made, Exception):
                opened.lost = True
                yield _failed(opened.item, why(made), opened.began)
                continue
            opened.made[made.key] = made
            if len(opened.made) == opened.count:
                yield opened
        while early:
            yield early.pop(0)
    yield from early


class _Streams:
    """A CUDA stream for each thread, so that they compute beside each other."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._here = threading.local()

    @contextmanager
    def own(self) -> Iterator[None]:
        import torch

        if self._device.type != "cuda":
            yield
            return
        if not hasattr(self._here, "stream"):
            self._here.stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        with torch.cuda.stream(self._here.stream):
            yield


def _read(item: Item, program: Program) -> Opened | Failed:
    try:
        return read(item, program.options, program.spreads)
    except Exception as error:
        return _failed(item, why(error))


def _write(opened: Opened, plan: Plan, program: Program) -> Result:
    try:
        program.go_on()
        return write(opened, plan, program.options)
    except Exception as error:
        return _failed(opened.item, why(error), opened.began)


def _failed(item: Item, error: str, began: float | None = None) -> Failed:
    seconds = 0.0 if began is None else time.perf_counter() - began
    return Failed(item.key, item.source, item.output, error, seconds)
