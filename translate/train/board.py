"""The statistics of a run for TensorBoard, where the extra is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from translate.errors import SetupError


class Writer(Protocol):
    """What is needed of TensorBoard's SummaryWriter."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> Any:
        """Add a point to a curve."""
        ...


def open_board(folder: Path) -> Writer:
    """Return a writer of events below `folder`.

    Raises:
        SetupError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise SetupError(
            "--tensorboard: not installed; pip install 'translate-images[tensorboard]'"
        ) from error
    writer: Writer = SummaryWriter(str(folder))
    return writer


def write_row(writer: Writer, row: Mapping[str, Any]) -> None:
    """Add a row of stats.jsonl: losses as they are, held-out measures below `held_out/`."""
    held = {f"held_out/{name}": value for name, value in row.get("held_out", {}).items()}
    for name, value in {**row, **held}.items():
        if isinstance(value, int | float) and name != "images":
            writer.add_scalar(name, value, row["images"])
