"""A plugin with small recipes: what tests train."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import translate
from translate.batch import Batch
from translate.recipe import Defaults, Recipe, TrainContext, Training


class Pool:
    """Holds the last results, and gives some of them back, as CycleGAN's image pool does."""

    def __init__(self) -> None:
        self.held = torch.zeros(0)

    def swap(self, made: Tensor) -> Tensor:
        old = self.held if self.held.shape == made.shape else made
        self.held = made.detach().clone()
        return torch.where(torch.rand(len(made), 1, 1, 1) < 0.5, made, old.detach())

    def state_dict(self) -> dict[str, Any]:
        return {"held": self.held}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.held = state["held"]


class TinyTraining(Training):
    """A generator with BatchNorm and dropout, a judge with weights of its own, and a pool."""

    def __init__(self, recipe: TinyRecipe, ctx: TrainContext) -> None:
        inputs, outputs = ctx.channels
        norm = nn.BatchNorm2d(4) if recipe.norm else nn.Identity()
        self.nets = nn.ModuleDict(
            {
                "generator": nn.Sequential(
                    nn.Conv2d(inputs, 4, 3, padding=1),
                    norm,
                    nn.Dropout(recipe.dropout),
                    nn.Conv2d(4, outputs, 3, padding=1),
                ),
                "judge": nn.Conv2d(outputs, 1, 3),
            }
        ).to(ctx.device)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(net.parameters(), recipe.rate) for name, net in self.nets.items()
        }
        self.pool = Pool()
        self.state: dict[str, Any] = {"pool": self.pool} if recipe.pool else {}
        self.recipe = recipe
        self.steps = 0

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        made = self.nets["generator"](batch.image)
        target = batch.image if batch.reference is None else batch.reference
        shown = self.pool.swap(made) if self.recipe.pool else made
        yield (
            "judge",
            (self.nets["judge"](shown.detach()).mean() - self.nets["judge"](target).mean()),
        )
        self.steps += 1
        if self.steps == self.recipe.signal_at and os.environ.get("LOCAL_RANK", "1") == "1":
            os.kill(os.getpid(), self.recipe.signal)
        if self.steps == self.recipe.breaks_at:
            made = made * float("nan")
        yield "generator", F.l1_loss(made, target) - 0.01 * self.nets["judge"](made).mean()

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        made: Tensor = nets["generator"](batch.image)
        return made.clamp(0, 1)

    def log(self) -> Mapping[str, float]:
        return {"steps": float(self.steps)}


class TinyRecipe(Recipe):
    """A recipe for tests."""

    name = "tiny"
    data: ClassVar[Any] = "paired"
    defaults: ClassVar[Defaults] = Defaults(
        images=16, batch=2, schedule="constant", ema=8, load_size=10, crop_size=8
    )
    rate: float = 1e-2
    dropout: float = 0.2
    norm: bool = True
    pool: bool = True
    breaks_at: int = 0
    """Step whose loss is no number."""
    signal: int = 0
    signal_at: int = 0
    """Step in which the process sends itself a signal; of several processes the second one."""

    def prepare(self, ctx: TrainContext) -> Training:
        return TinyTraining(self, ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        return {"generator": "tiny", "channels": list(ctx.channels)}


class TinyUnpaired(TinyRecipe):
    """The same, of two folders that do not belong together."""

    name = "tiny-unpaired"
    data: ClassVar[Any] = "unpaired"
    best: ClassVar[Any] = ("frechet", "min")


@translate.hookimpl
def register_recipes() -> list[type[Recipe]]:
    return [TinyRecipe, TinyUnpaired]
