"""Learning-rate schedules, as factors of the starting rate in terms of images seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from translate.recipe import Schedule


@dataclass
class Plateau:
    """Divides the rate where a held-out number stops getting better.

    As `torch.optim.lr_scheduler.ReduceLROnPlateau`, with the reference's settings: factor 0.2,
    patience 5, relative threshold 0.01.
    """

    mode: Literal["min", "max"]
    factor: float = 1.0
    best: float | None = None
    bad: int = 0

    def update(self, value: float) -> None:
        """Take note of a new measurement."""
        sign = 1.0 if self.mode == "max" else -1.0
        if self.best is None or sign * (value - self.best) > 0.01 * abs(self.best):
            self.best, self.bad = value, 0
            return
        self.bad += 1
        if self.bad > 5:
            self.factor, self.bad = self.factor * 0.2, 0

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes."""
        return {"factor": self.factor, "best": self.best, "bad": self.bad}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self.factor, self.best, self.bad = state["factor"], state["best"], state["bad"]


@dataclass(frozen=True)
class Rate:
    """The factor of the learning rate at an image.

    - linear: 1 until `decay_from`, then straight to 0 at the end, as in Zhu et al. 2017.
    - cosine: half a period over the run (Loshchilov and Hutter 2017, eq. 5, no restarts).
    - step: a tenth of it at every `decay_every`.
    - plateau: see `Plateau`.
    """

    kind: Schedule
    images: int
    decay_from: int = 0
    decay_every: int = 1
    warmup: int = 0
    plateau: Plateau = field(default_factory=lambda: Plateau("max"))

    def at(self, seen: int, step: int) -> float:
        """Return the factor for the `step` images that follow the first `seen`."""
        rise = min(1.0, (seen + step) / self.warmup) if self.warmup else 1.0
        return rise * self._decay(seen, step)

    def _decay(self, seen: int, step: int) -> float:
        if self.kind == "linear":
            fall = max(self.images - self.decay_from, 0) + step
            return max(0.0, 1.0 - max(0, seen + step - self.decay_from) / fall)
        if self.kind == "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * min(1.0, seen / self.images)))
        if self.kind == "step":
            return float(0.1 ** (seen // self.decay_every))
        return self.plateau.factor if self.kind == "plateau" else 1.0
