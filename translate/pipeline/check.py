"""Checking a pipeline before anything is loaded: every problem, with its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from translate.errors import TranslateError
from translate.pipeline.ask import size_after
from translate.pipeline.build import build_steps
from translate.pipeline.model import Pipeline, Problem
from translate.pipeline.walk import Walk
from translate.plugins import Registry
from translate.stage import Slot, Stage
from translate.weights import Store, Weights


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known of a pipeline without loading it."""

    stages: tuple[Stage | None, ...]
    """One per step; None where it cannot be built."""
    problems: tuple[Problem, ...]
    """In the order of their places."""
    needs: tuple[Slot, ...]
    """Slots that must come from outside, image first."""
    to_fetch: tuple[Weights, ...]
    """Weights that are not here, and that a run fetches unless it is offline."""


def examine(
    pipeline: Pipeline,
    registry: Registry,
    store: Store,
    given: Collection[Slot] | None = None,
    size: tuple[int, int] | None = None,
) -> Examined:
    """Build the steps of a pipeline, walk over what they declare, and tell what is wrong.

    Args:
        pipeline: as it was read.
        registry: where stages come from.
        store: where weights come from.
        given: slots that the command line gives; None = those that `inputs:` declares, or
            whatever the steps need where it declares none.
        size: height and width of a picture to try the steps' sizes with.
    """
    stages, wrong = build_steps(pipeline, registry)
    walk = Walk(pipeline, store, given)
    for step, stage in zip(pipeline.steps, stages, strict=True):
        walk.step(step, stage)
    found = [*wrong, *walk.problems]
    if size is not None and not wrong:
        found += _sizes(pipeline, stages, size)
    problems = tuple(sorted(found, key=lambda problem: problem.order))
    return Examined(stages, problems, walk.needs, tuple(walk.to_fetch.values()))


def check(
    pipeline: Pipeline,
    registry: Registry,
    store: Store,
    given: Collection[Slot] | None = None,
    size: tuple[int, int] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a pipeline; arguments as for `examine`."""
    return list(examine(pipeline, registry, store, given, size).problems)


def _sizes(
    pipeline: Pipeline, stages: Sequence[Stage | None], size: tuple[int, int]
) -> list[Problem]:
    height, width = size
    for step, stage in zip(pipeline.steps, stages, strict=True):
        if stage is None:
            break
        given = f"{width}x{height} px"
        try:
            height, width = size_after(stage, height, width)
        except (TranslateError, ValueError) as error:
            return [Problem(f"{step.stage}: {given} do not fit: {error}", step.where)]
        if height < 1 or width < 1:
            return [Problem(f"{step.stage}: leaves nothing of {given}", step.where)]
    return []
