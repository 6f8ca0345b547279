"""A look at held-out pictures while training: measures, and the sample sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from translate.batch import Batch, seed_for
from translate.measure import Features
from translate.recipe import Recipe, Training
from translate.train.sheet import write_sheet
from translate.train.validate import Held, as_result, measure_only, validate


@dataclass(frozen=True)
class Looker:
    """Looks with the same noise each time, in the precision of the run, networks in eval mode."""

    recipe: Recipe
    training: Training
    held_out: Sequence[Batch]
    shown: Sequence[Batch]
    place: Callable[[Batch], Batch]
    dtype: torch.dtype
    features: Features | None = None

    def measure(self, nets: nn.ModuleDict) -> Held | None:
        """Return the held-out measures, or None where nothing is held out."""
        if not self.held_out:
            return None
        with self._quiet(nets):
            batches = map(self.place, self.held_out)
            if not self.recipe.translates:
                return measure_only(self.training, nets, batches)
            paired = self.recipe.aligned and self.recipe.data != "unpaired"
            return validate(self.training, nets, batches, paired=paired, features=self.features)

    def draw(self, nets: nn.ModuleDict, path: Path, count: int) -> None:
        """Write a sheet of `count` inputs, results and, where there are any, targets."""
        if not (self.recipe.translates and count and self.shown):
            return
        rows: list[list[torch.Tensor]] = []
        with self._quiet(nets), torch.no_grad():
            for batch in self.shown:
                if sum(len(row[0]) for row in rows) < count:
                    rows.append(self._columns(nets, self.place(batch)))
        same = [row for row in rows if [c.shape[1:] for c in row] == [c.shape[1:] for c in rows[0]]]
        write_sheet(path, [torch.cat(column)[:count] for column in zip(*same, strict=True)])

    def _columns(self, nets: nn.ModuleDict, batch: Batch) -> list[torch.Tensor]:
        pair = self.training.pairs(batch)
        result = self.training.translate(nets, pair).float().cpu()
        given = as_result(pair.image.cpu(), result)
        columns = [pair.image.cpu() if given is None else given, result]
        if pair.reference is not None and self.recipe.data != "unpaired":
            columns.append(pair.reference.cpu())
        return columns

    @contextmanager
    def _quiet(self, nets: nn.ModuleDict) -> Iterator[None]:
        """Put networks into eval mode for a while, with noise that is the same each time."""
        modes = [(module, module.training) for module in nets.modules()]
        torch.manual_seed(seed_for("held-out"))
        kind = next(iter(nets.parameters())).device.type
        nets.eval()
        try:
            with torch.autocast(kind, self.dtype, enabled=self.dtype != torch.float32):
                yield
        finally:
            for module, mode in modes:
                module.training = mode
