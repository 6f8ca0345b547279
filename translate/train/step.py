"""One step of the loop: losses of a batch, in the recipe's order, each stepped before the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.amp import GradScaler

from translate.batch import Batch
from translate.errors import TranslateError
from translate.recipe import Training
from translate.train.parallel import average, average_gradients


class DivergedError(TranslateError):
    """A loss is no longer a number."""


@dataclass
class Stepper:
    """Takes steps in a precision, on one device.

    Gradients are scaled only in float16, by a scaler for each optimiser, so that a change of
    one's scale never falls between the batches that another accumulates.
    """

    training: Training
    device: torch.device
    dtype: torch.dtype = torch.float32
    clip: float = 0.0
    owned: dict[str, list[nn.Parameter]] = field(init=False)
    scalers: dict[str, GradScaler] = field(init=False)

    def __post_init__(self) -> None:
        optimizers = self.training.optimizers
        self.owned = {
            name: [p for group in optimizer.param_groups for p in group["params"]]
            for name, optimizer in optimizers.items()
        }
        half = self.dtype == torch.float16
        self.scalers = {name: GradScaler(self.device.type, enabled=half) for name in optimizers}

    def step(self, batches: Sequence[Batch], seeds: Sequence[int], rate: float) -> dict[str, float]:
        """Learn from `batches`, whose gradients count as those of one batch.

        Returns the losses by optimiser, as means over batches and processes.

        Raises:
            DivergedError: a loss is infinite or not a number; it was not stepped by.
        """
        self._set_rate(rate)
        sums: dict[str, float] = {}
        for index, (batch, seed) in enumerate(zip(batches, seeds, strict=True)):
            torch.manual_seed(seed)
            for name, value in self._learn(batch, len(batches), index == len(batches) - 1):
                sums[name] = sums.get(name, 0.0) + value / len(batches)
        return sums

    def _learn(self, batch: Batch, parts: int, last: bool) -> Iterator[tuple[str, float]]:
        losses = iter(self.training.losses(batch))
        while True:
            with torch.autocast(self.device.type, self.dtype, self.dtype != torch.float32):
                entry = next(losses, None)
            if entry is None:
                return
            name, loss = entry
            value = float(average(loss.detach().float()))
            if not math.isfinite(value):
                raise DivergedError(f"loss '{name}' is {value} with {_names(batch.keys)}")
            yield name, value
            scaled = self.scalers[name].scale(loss / parts)
            torch.autograd.backward(scaled, inputs=self.owned[name])
            if last:
                self._update(name)

    def _update(self, name: str) -> None:
        optimizer, scaler, owned = (
            self.training.optimizers[name],
            self.scalers[name],
            self.owned[name],
        )
        average_gradients(owned)
        if self.clip:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(owned, self.clip)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)

    def _set_rate(self, rate: float) -> None:
        for optimizer in self.training.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * rate


def _names(keys: Sequence[str]) -> str:
    shown = ", ".join(keys[:4])
    return f"{shown} and {len(keys) - 4} more" if len(keys) > 4 else shown
