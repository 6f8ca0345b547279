"""One training run, from settings to weights: builds what the loop needs, and keeps its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from translate.batch import Batch
from translate.errors import UsageError
from translate.measure import load_features
from translate.recipe import TrainContext
from translate.train import settings as settings_file
from translate.train.board import open_board, write_row
from translate.train.build import build
from translate.train.checkpoint import CheckpointError
from translate.train.data import Data, load
from translate.train.device import launch, layout, precision
from translate.train.events import Event, Finished, Measured, Started
from translate.train.export import export
from translate.train.job import Job
from translate.train.look import Looker
from translate.train.loop import Loop
from translate.train.output import Output
from translate.train.parallel import gather, world
from translate.train.plot import write_plot
from translate.train.schedule import Rate
from translate.train.validate import Held
from translate.weights import Checkpoint


def train(job: Job, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Run a job to its end, or until `stop` says so, and say how it goes.

    Where `job.out` holds a checkpoint of the same settings, the run goes on from there.

    Raises:
        UsageError: the data is not usable, or the settings differ from the checkpoint's.
        DivergedError: a loss is not a number.
    """
    job.refuse_blind_plateau()
    output = Output.at(job.out)
    output.refuse_other(job.settings)
    # Before there are other processes, so that bad weights and bad data are said once.
    start = job.start(output)
    data = load(job.recipe.data, job.settings, job.make_input)
    fabric = launch(job.settings)
    for event in _train(Session(job, output, fabric, data, start), stop):
        if fabric.is_global_zero:
            yield event


def _train(session: Session, stop: Callable[[], bool]) -> Iterator[Event]:
    yield session.data.checked
    yield session.start()
    loop = session.loop(stop)
    yield from loop.run()
    yield Finished(session.state.seen, loop.stopped, session.output.weights)


class Session:
    """The networks, state and files of a run that has started."""

    def __init__(
        self, job: Job, output: Output, fabric: Fabric, data: Data, start: Checkpoint | None = None
    ) -> None:
        self.job, self.output, self.data = job, output, data
        self.trouble: list[str] = []
        self.device: torch.device = fabric.device
        self.dtype = precision(job.settings.precision, self.device)
        wished = job.recipe.channels_last
        self.layout = layout(job.settings.channels_last, wished, self.device, self.dtype)
        self.ctx = self._context()
        self.state, self.origin = build(
            job.recipe, job.settings, self.ctx, self.dtype, self.layout, start
        )
        self.looker = self._looker()
        wanted = job.settings.tensorboard and world()[0] == 0
        self.board = open_board(output.board) if wanted else None

    def _context(self) -> TrainContext:
        settings = self.job.settings
        return TrainContext(
            device=self.device,
            generators=self.job.generators,
            store=self.job.store,
            pipeline=lambda text: self.job.pipelines(text, str(self.device)),
            images=settings.images,
            batch=settings.batch,
            size=self.data.size,
            channels=self.data.channels,
            seed=settings.seed,
        )

    def start(self) -> Started:
        """Resume where there is a checkpoint; write the settings."""
        if self.output.checkpoint.is_file():
            self.state.resume(self.output.checkpoint)
        if world()[0] == 0:
            self._open_output()
        if self.state.seen == 0:
            # Finds out now whether the folder can be written, and leaves something to go on from
            # if another process is killed before the first interval is over.
            self.state.save(self.output.checkpoint, self.job.settings)
        parameters = sum(p.numel() for p in self.state.training.nets["generator"].parameters())
        return Started(
            self.state.seen,
            self.job.settings.images,
            str(self.device),
            str(self.dtype).removeprefix("torch."),
            parameters,
            self.origin,
        )

    def _open_output(self) -> None:
        """Write what the folder begins with.

        Raises:
            UsageError: it cannot be written to.
        """
        try:
            settings_file.write(self.job.settings, self.output.settings)
            self.output.forget_after(self.state.seen)
        except OSError as error:
            reason = f"cannot be written to ({error.strerror})"
            raise UsageError(f"{self.output.folder}: {reason}; choose another folder") from error

    def loop(self, stop: Callable[[], bool]) -> Loop:
        """Return the loop over this session's state."""
        settings = self.job.settings
        rate = Rate(
            settings.schedule,
            settings.images,
            settings.decay_from,
            settings.decay_every,
            settings.warmup,
            self.state.plateau,
        )
        return Loop(
            settings,
            self.state,
            self.data.stream,
            rate,
            self.place,
            self.save,
            self.look,
            self.log,
            self.trouble,
            stop,
        )

    def place(self, batch: Batch) -> Batch:
        """Bring a batch to the device, in the layout of the networks."""
        batch = batch.to(self.device)
        return batch.replace(image=batch.image.contiguous(memory_format=self.layout))

    def log(self, row: Mapping[str, Any]) -> None:
        """Add a row to the statistics; the first process writes."""
        if world()[0] != 0:
            return
        with self._on_trouble():
            self.output.log(row)
            if self.board is not None:
                write_row(self.board, row)

    @contextmanager
    def _on_trouble(self) -> Iterator[None]:
        """Keep a failed write of what is not vital as something to warn of: a full disk, say."""
        try:
            yield
        except OSError as error:
            where = error.filename or self.output.folder
            self.trouble.append(f"{where}: could not be written ({error.strerror})")

    def save(self) -> None:
        """Write checkpoint and weights; every process calls it.

        Raises:
            CheckpointError: one of them could not be written; what was there is intact.
        """
        self.state.save(self.output.checkpoint, self.job.settings)
        if world()[0] != 0:
            return
        try:
            self.export(self.output.weights)
        except OSError as error:
            raise CheckpointError(
                f"{self.output.weights}: could not be written ({error.strerror})"
            ) from error

    def export(self, path: Path) -> None:
        """Write the weights as they are now."""
        facts = {
            "images": self.state.seen,
            "metrics": self.state.metrics,
            "seconds": round(self.state.seconds),
            "command": self.job.command,
        }
        generator = self.state.nets()["generator"]
        export(path, generator, self.job.recipe.config(self.ctx), self.job.settings, facts)

    def look(self) -> Measured | None:
        """Measure held-out pictures, keep the best weights, draw the sample sheet and the plot.

        The first process does it; the others wait for what it found.
        """
        found = gather(self._look() if world()[0] == 0 else None)[0]
        if found is None:
            return None
        measured = self.state.compare(found, *self.job.recipe.best)
        if measured.best and world()[0] == 0:
            with self._on_trouble():
                self.export(self.output.best)
        return measured

    def _look(self) -> Held | None:
        nets, seen = self.state.nets(), self.state.seen
        held = self.looker.measure(nets)
        if held is not None:
            self.log({"images": seen, "held_out": held.values, "baseline": held.baseline})
        with self._on_trouble():
            self.looker.draw(nets, self.output.sheet(seen), self.job.settings.samples)
            write_plot(self.output.plot, self.output.rows())
        return held

    def _looker(self) -> Looker:
        given = self.job.settings.features
        features = load_features(Path(given), self.device) if given else None
        return Looker(
            self.job.recipe,
            self.state.training,
            self.data.held_out,
            self.data.shown,
            self.place,
            self.dtype,
            features,
        )
