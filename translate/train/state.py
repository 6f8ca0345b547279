"""The state of a run: what is trained, and how far it is; all of it goes into the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from torch import nn

from translate.recipe import Training
from translate.train.checkpoint import Stateful, collect, load, restore, save
from translate.train.ema import Average
from translate.train.events import Measured
from translate.train.parallel import gather, world
from translate.train.schedule import Plateau
from translate.train.settings import Settings
from translate.train.step import Stepper
from translate.train.validate import Held


@dataclass
class State:
    """Everything that changes while training."""

    training: Training
    stepper: Stepper
    average: Average | None
    plateau: Plateau
    seen: int = 0
    seconds: float = 0.0
    best: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)

    def nets(self) -> nn.ModuleDict:
        """Return the networks as they are used: with the averaged generator, if there is one."""
        nets = dict(self.training.nets.items())
        if self.average is not None:
            nets["generator"] = self.average.module
        return nn.ModuleDict(nets)

    def compare(self, held: Held, name: str, mode: Literal["min", "max"]) -> Measured:
        """Take note of held-out measures, of which `name` decides what is best and the plateau."""
        self.metrics = dict(held.values)
        value = held.values.get(name)
        best = value is not None and (
            self.best is None or (value > self.best if mode == "max" else value < self.best)
        )
        if value is not None:
            self.plateau.update(value)
            self.best = value if best else self.best
        return Measured(self.seen, held.values, held.baseline, best)

    def parts(self) -> dict[str, Stateful]:
        """Return what every process has the same of."""
        parts: dict[str, Stateful] = {"nets": self.training.nets, "plateau": self.plateau}
        for name, optimizer in self.training.optimizers.items():
            parts[f"optimizer.{name}"] = optimizer
            parts[f"scaler.{name}"] = self.stepper.scalers[name]
        if self.average is not None:
            parts["average"] = self.average
        return parts

    def save(self, path: Path, settings: Settings) -> None:
        """Write the checkpoint; every process calls it, the first one writes.

        Raises:
            CheckpointError: it could not be written.
        """
        own = gather(collect(self.training.state))
        if world()[0] != 0:
            return
        content = {
            "settings": settings.model_dump(),
            "parts": collect(self.parts()),
            "own": own,
            "seen": self.seen,
            "seconds": self.seconds,
            "best": self.best,
            "metrics": self.metrics,
        }
        save(path, content)

    def resume(self, path: Path) -> None:
        """Go back to a checkpoint.

        Raises:
            WeightsError: it is damaged, or of another training.
        """
        content: Mapping[str, Any] = load(path)
        restore(self.parts(), content["parts"], path)
        restore(self.training.state, content["own"][world()[0]], path)
        self.seen, self.seconds = content["seen"], content["seconds"]
        self.best, self.metrics = content["best"], dict(content["metrics"])
