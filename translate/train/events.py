"""What a training run says while it goes on; the command line shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checked:
    """The data has been read."""

    train: tuple[int, int]
    """Pictures (or pairs) to train on; of B, where nothing is paired."""
    held_out: tuple[int, int]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """Training begins, or goes on at `seen` images."""

    seen: int
    images: int
    device: str
    precision: str
    parameters: int
    origin: str = ""
    """A line on the weights that it started from, if it did."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """Images have been learned from."""

    seen: int
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Held-out pictures were translated; `baseline` is the same for their inputs."""

    seen: int
    values: Mapping[str, float]
    baseline: Mapping[str, float]
    best: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """Something did not work, and training goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run has ended, with everything saved: done, or stopped by a signal."""

    seen: int
    stopped: bool
    weights: Path


Event = Checked | Started | Stepped | Measured | Warned | Finished
