"""Tensors out of checkpoints that hold objects of other programs, such as Lightning's."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from translate.errors import WeightsError
from translate.weights import Checkpoint, load_file


class _StandIn:
    """Takes the place of a class that the file names: made of anything, it does nothing."""

    def __new__(cls, *_: object) -> _StandIn:
        return object.__new__(cls)

    def __init__(self, *_: object) -> None:
        """Take what the file would have made the object of."""


def load_foreign(path: Path) -> Checkpoint:
    """Open a weights file; what is no tensor in it comes out as empty stand-ins, never as code.

    PyTorch's own `weights_only` reader does the work, and is told of stand-ins for the names that
    it refuses; it never imports them.

    Raises:
        WeightsError: missing, damaged, or still more than that reader takes.
    """
    try:
        return load_file(path)
    except WeightsError as error:
        if not isinstance(error.__cause__, pickle.UnpicklingError):
            raise
        with safe_globals(_stand_ins(path, error)):
            return load_file(path)


def _stand_ins(
    path: Path, refusal: WeightsError
) -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    try:
        names = get_unsafe_globals_in_checkpoint(path)
    except (ValueError, RuntimeError):
        # Files from before PyTorch 1.6 cannot be searched for names.
        raise refusal from None
    return [(type("StandIn", (_StandIn,), {}), name) for name in names]
