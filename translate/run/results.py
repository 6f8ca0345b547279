"""What a run says of each item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from translate.errors import TranslateError

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True, slots=True)
class Done:
    """An output that has been written, whole."""

    key: str
    source: Path | None
    output: Path
    seconds: float
    """From the first byte read to the last written, waiting included."""
    size: Size
    """Of the input; (0, 0) where there was none."""
    out_size: Size
    frames: int = 1
    info: Mapping[str, Any] = field(default_factory=dict)
    """What stages had to say, such as a CLIP score."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """An item that could not be made; nothing was written for it."""

    key: str
    source: Path | None
    output: Path
    error: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was there already."""

    key: str
    source: Path | None
    output: Path
    why: str


Result = Done | Failed | Skipped


def record(result: Result) -> dict[str, Any]:
    """Return a result as the object that `--json` prints: paths as text, sizes in pixels."""
    row: dict[str, Any] = {"status": type(result).__name__.lower()}
    for name, value in asdict(result).items():
        if name in ("size", "out_size"):
            row[name] = {"height": value[0], "width": value[1]}
        else:
            row[name] = str(value) if isinstance(value, Path) else value
    return row


def why(error: BaseException) -> str:
    """Return in one line why an item has failed; what translate itself says needs no type.

    What cannot be read is an InputError by now: the system's own words are about the output.
    """
    if isinstance(error, TranslateError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be written ({error.strerror}); look at the output folder and its disk"
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}".rstrip(": ")
