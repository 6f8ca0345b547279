"""What a user can cause, and the exit code that each kind ends with.

TranslateError
├── InputError            1   one input cannot be read or translated; the others go on
├── UsageError            2   wrong options, pipeline or plan; nothing has run
│   ├── PipelineError         a pipeline file or chain does not fit, with file:line:column
│   └── PlanError             inputs and outputs do not fit: collisions, nothing found
└── SetupError            3   the environment lacks something
    ├── WeightsError          weights missing, damaged or of another layout
    ├── DeviceError           the device asked for is not there
    └── PluginError           a plugin that is needed is broken

A message is one line that says which file or option, what is wrong and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class TranslateError(Exception):
    """Base of everything that is reported as one line, without a traceback."""

    exit_code: ClassVar[int] = 1


class InputError(TranslateError):
    """One input failed. The run names it in its summary and goes on."""


class UsageError(TranslateError):
    """The command, pipeline or plan is wrong; nothing has run."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a pipeline: 1-based line and column in a file or an inline chain."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class PipelineError(UsageError):
    """A pipeline does not fit; `where` is the place to look at."""

    def __init__(self, message: str, where: Location | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


class PlanError(UsageError):
    """Inputs and outputs do not fit; found before anything runs."""


class SetupError(TranslateError):
    """The environment lacks what the command needs."""

    exit_code = 3


class WeightsError(SetupError):
    """Weights are missing, damaged or of another layout than the stage reads."""


class DeviceError(SetupError):
    """The device asked for is not there."""


class PluginError(SetupError):
    """A plugin that the command needs is broken or missing."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the nearest of `known`, or an empty string."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean '{near[0]}'?" if near else ""
