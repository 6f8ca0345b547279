"""Networks, optimisers and averages of a run, as they are before the first image."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from translate.batch import seed_for
from translate.recipe import Recipe, TrainContext
from translate.train.ema import Average
from translate.train.initial import adopt
from translate.train.parallel import share_start, synchronise_batch_norm, world
from translate.train.schedule import Plateau
from translate.train.settings import Settings
from translate.train.state import State
from translate.train.step import Stepper
from translate.weights import Checkpoint


def build(
    recipe: Recipe,
    settings: Settings,
    ctx: TrainContext,
    dtype: torch.dtype,
    layout: torch.memory_format,
    start: Checkpoint | None = None,
) -> tuple[State, str]:
    """Return the state that a run starts from, and a line on the weights that it took.

    It is the same in every process: the seed's, with the generator of `start` where one is given.

    Raises:
        WeightsError: `start` is of another network.
    """
    torch.manual_seed(seed_for(settings.seed, "start"))
    training = recipe.prepare(ctx)
    origin = adopt(training.nets["generator"], start) if start else ""
    training.nets.to(memory_format=layout)
    if world()[1] > 1:
        synchronise_batch_norm(training.nets)
        share_start(training.nets)
    average = Average(training.nets["generator"], settings.ema) if settings.ema else None
    if settings.compile:
        for network in networks(training.nets):
            network.compile()
    stepper = Stepper(training, ctx.device, dtype, settings.clip)
    return State(training, stepper, average, Plateau(recipe.best[1])), origin


def networks(nets: nn.ModuleDict) -> Iterator[nn.Module]:
    """Yield the networks in a dictionary, and in those inside it."""
    for module in nets.values():
        if isinstance(module, nn.ModuleDict):
            yield from networks(module)
        else:
            yield module
