"""What a pipeline is before its stages are built, and what can be wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from translate.errors import Location
from translate.stage import Slot

OUTSIDE: tuple[Slot, ...] = ("image", "mask", "reference", "prompts")
"""Slots that can be given from outside, by files and options."""

Place = Location | str
"""Where something was written: a place in a file or chain, or an option of the command line."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it was written; nothing of it has been validated."""

    stage: str
    params: Mapping[str, Any]
    where: Place
    """Place of the stage's name."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Place of each parameter."""

    def place_of(self, parameter: str) -> Place:
        """Return where a parameter was written, or the step's place when it was not."""
        return self.places.get(parameter, self.where)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A list of steps with a name."""

    name: str
    steps: tuple[Step, ...]
    description: str = ""
    inputs: tuple[Slot, ...] | None = None
    """Slots that are given from outside; None = whatever its steps need."""
    source: str = "chain"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a pipeline, said in one line."""

    message: str
    where: Place | None = None
    exit_code: int = 2
    """2 = the pipeline is wrong; 3 = the environment lacks something (weights, a plugin)."""

    @property
    def order(self) -> tuple[int, int]:
        """Line and column, to sort by; what has none comes last."""
        if isinstance(self.where, Location):
            return self.where.line, self.where.column
        return sys.maxsize, 0

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message
