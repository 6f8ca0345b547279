"""The output folder of a run: where things lie in it, and rows that are added to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translate.errors import UsageError
from translate.train.files import write_text
from translate.train.settings import Settings, differences, read


@dataclass(frozen=True, slots=True)
class Output:
    """The files of one run."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Output:
        """Return the output folder. Raises UsageError where a file lies or is meant."""
        if folder.is_file():
            raise UsageError(f"{folder}: is a file; the output of a training is a folder")
        if folder.suffix in (".safetensors", ".pth", ".pt"):
            raise UsageError(
                f"{folder}: name a folder; the weights will be {folder.with_suffix('')}/"
                "weights.safetensors"
            )
        return cls(folder)

    def refuse_other(self, settings: Settings) -> None:
        """Refuse settings that differ from those of the training that lies here.

        Raises:
            UsageError: some do; the message says which.
        """
        if not self.checkpoint.is_file() or not self.settings.is_file():
            return
        changed = differences(read(self.settings), settings)
        if changed:
            raise UsageError(
                f"{self.folder}: holds a training with other settings ({'; '.join(changed)}); "
                "give the same, or another folder"
            )

    @property
    def settings(self) -> Path:
        """The resolved settings."""
        return self.folder / "settings.yaml"

    @property
    def checkpoint(self) -> Path:
        """What a resumed run starts from."""
        return self.folder / "checkpoint" / "last.pt"

    @property
    def weights(self) -> Path:
        """The latest weights, for the pipeline."""
        return self.folder / "weights.safetensors"

    @property
    def best(self) -> Path:
        """The weights that did best on held-out pictures."""
        return self.folder / "best.safetensors"

    @property
    def stats(self) -> Path:
        """One JSON object per line: losses, and held-out measures."""
        return self.folder / "stats.jsonl"

    @property
    def board(self) -> Path:
        """Events for TensorBoard."""
        return self.folder / "tensorboard"

    @property
    def plot(self) -> Path:
        """The losses as a picture."""
        return self.folder / "loss.png"

    def sheet(self, seen: int) -> Path:
        """Return the sample sheet drawn after `seen` images."""
        return self.folder / "samples" / f"{seen:09d}.png"

    def log(self, row: Mapping[str, Any]) -> None:
        """Add a row to the statistics."""
        with self.stats.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Return the statistics so far; a last line that was cut by a kill is left out."""
        if not self.stats.is_file():
            return []
        found = []
        for line in self.stats.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def forget_after(self, seen: int) -> None:
        """Drop rows of images that a resumed run will see again."""
        kept = [row for row in self.rows() if row["images"] <= seen]
        write_text(self.stats, "".join(json.dumps(row) + "\n" for row in kept))
