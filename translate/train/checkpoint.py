"""Everything that a run needs to go on, in one file that is whole or not there."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from translate.errors import TranslateError, WeightsError

FORMAT = 1


class CheckpointError(TranslateError):
    """A checkpoint could not be written; the one before it is intact."""


class Stateful(Protocol):
    """What a checkpoint is made of."""

    def state_dict(self) -> Any:
        """Return the state."""
        ...

    def load_state_dict(self, state: Any) -> Any:
        """Go back to a state."""
        ...


def collect(parts: Mapping[str, Stateful]) -> dict[str, Any]:
    """Return the state of every part by name."""
    return {name: part.state_dict() for name, part in parts.items()}


def restore(parts: Mapping[str, Stateful], states: Mapping[str, Any], path: Path) -> None:
    """Bring every part back to its state.

    Raises:
        WeightsError: the checkpoint is of other networks or optimisers.
    """
    if parts.keys() != states.keys():
        odd = ", ".join(sorted(parts.keys() ^ states.keys()))
        raise WeightsError(f"{path}: is of another training; it differs in {odd}")
    for name, part in parts.items():
        try:
            part.load_state_dict(states[name])
        except (RuntimeError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise WeightsError(f"{path}: '{name}' does not fit this training: {reason}") from error


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write a checkpoint beside its place and rename it.

    Raises:
        CheckpointError: it could not be written, as with a full disk; what was there is intact.
    """
    # One name, so that what a kill leaves behind is written over by the next save.
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            torch.save({"format": FORMAT, **content}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        # torch's zip writer reports a failed write as a RuntimeError of its own.
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: could not be saved ({reason}); the checkpoint before it is intact"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint, without running any code that it may hold.

    Raises:
        WeightsError: it is damaged, or no checkpoint of this program.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{path}: not a checkpoint, or a damaged one; delete it to start from the beginning"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WeightsError(f"{path}: not a checkpoint that this version writes")
    return content
