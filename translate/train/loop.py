"""The loop: counts images, and derives everything else from the count."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from translate.batch import Batch, seed_for
from translate.errors import TranslateError
from translate.train.checkpoint import CheckpointError
from translate.train.dataset import Stream, ahead
from translate.train.events import Event, Measured, Stepped, Warned
from translate.train.parallel import average, world
from translate.train.schedule import Rate
from translate.train.settings import Settings, seconds
from translate.train.state import State
from translate.train.step import DivergedError

_AHEAD = 4


@dataclass
class Loop:
    """One run from where its state is to the last image, or until it is told to stop.

    `save` writes checkpoint and weights; `look` measures held-out pictures and draws the sample
    sheet; `log` takes a row for stats.jsonl. All three are called between steps only.
    """

    settings: Settings
    state: State
    stream: Stream
    rate: Rate
    prepare: Callable[[Batch], Batch]
    """Brings a batch to the device."""
    save: Callable[[], None]
    look: Callable[[], Measured | None]
    log: Callable[[Mapping[str, Any]], None]
    trouble: list[str] = field(default_factory=list)
    """What those three could not write; the loop says it and goes on."""
    stop: Callable[[], bool] = lambda: False
    stopped: bool = field(default=False, init=False)
    _saved: float = field(default_factory=time.monotonic, init=False)

    @property
    def per_step(self) -> int:
        """Images in one step of all processes together."""
        return self.settings.batch * self.settings.accumulate * world()[1]

    def run(self) -> Iterator[Event]:
        """Train, and say how it goes.

        Raises:
            DivergedError: a loss is not a number; the checkpoint before it is kept.
            CheckpointError: the last save failed.
        """
        state = self.state
        every = max(self.per_step, self.settings.images // 2000)
        meter = Meter(every, (state.seen, state.seconds))
        loaded = ahead(self._batches, self._positions(), self.settings.threads, _AHEAD)
        for batches in loaded:
            self.stopped, due = self._agreed()
            if self.stopped:
                break
            if due:
                self._try_to_save()
            started, factor = time.monotonic(), self.rate_now()
            losses = self._step(batches, factor)
            state.seconds += time.monotonic() - started
            yield Stepped(state.seen, losses)
            for row in meter.add(state, losses, factor):
                self.log(row)
            if self._passes(self.settings.sample_every):
                measured = self.look()
                if measured is not None:
                    yield measured
            while self.trouble:
                yield Warned(self.trouble.pop(0))
        loaded.close()  # type: ignore[attr-defined]
        self.save()

    def rate_now(self) -> float:
        """Return the factor of the learning rate for the next step."""
        return self.rate.at(self.state.seen, self.per_step)

    def _positions(self) -> Iterator[int]:
        yield from range(self.state.seen, self.settings.images, self.per_step)

    def _batches(self, position: int) -> list[Batch]:
        """Return this process's batches of the step that starts at a position of the stream."""
        rank, processes = world()
        size = self.settings.batch
        return [
            self.stream.batch(position + (part * processes + rank) * size, size)
            for part in range(self.settings.accumulate)
        ]

    def _step(self, batches: list[Batch], factor: float) -> dict[str, float]:
        state, rank = self.state, world()[0]
        seeds = [
            seed_for(self.settings.seed, "step", rank, state.seen, part)
            for part in range(len(batches))
        ]
        try:
            losses = state.stepper.step([self.prepare(batch) for batch in batches], seeds, factor)
        except DivergedError as error:
            raise DivergedError(_advice(error, state.seen)) from error
        state.seen += self.per_step
        if state.average is not None:
            state.average.update(state.training.nets["generator"], state.seen, self.per_step)
        return losses

    def _passes(self, every: int) -> bool:
        seen = self.state.seen
        return seen // every != (seen - self.per_step) // every

    def _agreed(self) -> tuple[bool, bool]:
        """Return whether to stop and whether to save: as soon as any process would, all do."""
        due = time.monotonic() - self._saved > seconds(self.settings.save_every)
        if world()[1] == 1:  # nobody to ask, and no wait for what a GPU is still at
            return self.stop(), due
        wishes = torch.tensor([float(self.stop()), float(due)])
        stop, save = average(wishes.to(self.state.stepper.device)).tolist()
        return stop > 0, save > 0

    def _try_to_save(self) -> None:
        self._saved = time.monotonic()
        try:
            self.save()
        except CheckpointError as error:
            self.trouble.append(str(error))


@dataclass
class Meter:
    """Averages losses over `every` images into rows for stats.jsonl."""

    every: int
    start: tuple[int, float]
    """Images and seconds where the next row begins."""
    sums: dict[str, float] = field(default_factory=dict)
    steps: int = 0

    def add(
        self, state: State, losses: Mapping[str, float], rate: float
    ) -> Iterator[dict[str, Any]]:
        """Take the losses of a step; yield a row when enough images have passed."""
        seen, spent = self.start
        self.steps += 1
        for name, value in {**losses, **state.training.log()}.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        if state.seen - seen < self.every:
            return
        yield {
            "images": state.seen,
            "seconds": round(state.seconds, 3),
            "images_per_second": round((state.seen - seen) / max(state.seconds - spent, 1e-9), 2),
            "rate": rate,
            **{name: round(value / self.steps, 6) for name, value in self.sums.items()},
        }
        self.sums, self.steps, self.start = {}, 0, (state.seen, state.seconds)


def _advice(error: TranslateError, seen: int) -> str:
    return (
        f"{error}, at image {seen:,}; the checkpoint before it is kept. Try a smaller learning "
        "rate, --clip 1 or --precision float32, and look at those pictures"
    )
