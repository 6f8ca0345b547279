"""Checking a pipeline before anything is loaded: every problem, with its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from translate.errors import TranslateError
from translate.pipeline.build import missing_weights, problems_of_steps
from translate.pipeline.model import OUTSIDE, Pipeline, Place, Problem
from translate.plugins import Registry
from translate.stage import Contract, Slot, Stage
from translate.weights import Store

ALWAYS: tuple[Slot, ...] = ("image", "alpha")
"""Slots that every run fills; a file without alpha is opaque."""
_OPTIONS = {"mask": "--mask", "reference": "--reference", "prompts": "--prompt"}


@dataclass(frozen=True, slots=True)
class Fold:
    """What is known after a walk over the contracts."""

    contracts: tuple[Contract | None, ...]
    needs: tuple[Slot, ...]
    """Slots that must come from outside, image first."""
    problems: tuple[Problem, ...]


def check(
    pipeline: Pipeline,
    registry: Registry,
    store: Store,
    given: Collection[Slot] | None = None,
    size: tuple[int, int] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a pipeline, in the order of its steps.

    Args:
        pipeline: as it was read.
        registry: where stages come from.
        store: where weights come from.
        given: slots that the command line gives; None = those that `inputs:` declares, or
            whatever the steps need where it declares none.
        size: height and width of a picture to try the steps' sizes with.
    """
    stages, problems = problems_of_steps(pipeline, registry)
    folded = fold(pipeline, stages, store, given)
    found = [*problems, *folded.problems]
    if size is not None and not problems:
        found += _sizes(pipeline, stages, size)
    return sorted(found, key=lambda problem: problem.order)


def fold(
    pipeline: Pipeline,
    stages: Sequence[Stage | None],
    store: Store,
    given: Collection[Slot] | None = None,
) -> Fold:
    """Walk over the contracts of the stages that could be built, without loading anything.

    Args:
        pipeline: as it was read.
        stages: one per step, None where the step is wrong.
        store: where weights come from.
        given: as for `check`.
    """
    walk = _Walk(store, pipeline, given)
    fetchable = {entry.name: entry for entry in missing_weights(stages, store)}
    contracts: list[Contract | None] = []
    for step, stage in zip(pipeline.steps, stages, strict=True):
        contract = None
        name = getattr(stage, "weights", None)
        where = step.place_of("weights")
        if stage is not None and name in fetchable and not store.offline:
            walk.known = False
        elif stage is not None:
            contract = walk.contract(stage, where)
        else:
            walk.known = False
        contracts.append(contract)
        if contract is not None:
            walk.step(step.stage, contract, step.where, where)
    return Fold(tuple(contracts), walk.needs(), tuple(walk.problems))


class _Walk:
    """What is known of the picture after the steps so far."""

    def __init__(self, store: Store, pipeline: Pipeline, given: Collection[Slot] | None) -> None:
        declared = pipeline.inputs if given is None else tuple(given)
        self.store = store
        self.open = declared is None
        self.by_option = given is not None
        self.slots: set[Slot] = {*ALWAYS, *(declared or ())}
        self.channels = {1, 3}
        self.known = True
        self.wanted: set[Slot] = set()
        self.made: set[Slot] = set()
        self.problems: list[Problem] = []

    def needs(self) -> tuple[Slot, ...]:
        return tuple(slot for slot in OUTSIDE if slot == "image" or slot in self.wanted)

    def contract(self, stage: Stage, where: Place) -> Contract | None:
        try:
            return stage.contract(self.store)
        except TranslateError as error:
            self.problems.append(Problem(f"{stage.name}: {error}", where, error.exit_code))
            self.known = False
            return None

    def step(self, name: str, contract: Contract, where: Place, weights: Place) -> None:
        for wanted in contract.weights:
            try:
                self.store.locate(wanted)
            except TranslateError as error:
                self.problems.append(Problem(f"{name}: {error}", weights, error.exit_code))
        self._take_slots(name, contract, where)
        self._take_channels(name, contract, where)

    def _take_slots(self, name: str, contract: Contract, where: Place) -> None:
        for slot in contract.needs:
            if slot in self.made or slot in ALWAYS:
                continue
            self.wanted.add(slot)
            if slot not in self.slots and (not self.open or slot not in OUTSIDE) and self.known:
                self.problems.append(Problem(self._nobody_gives(name, slot), where))
        self.made |= set(contract.gives)
        self.slots |= set(contract.gives)

    def _nobody_gives(self, name: str, slot: Slot) -> str:
        what = {"prompts": "prompt", "kept": "kept picture"}.get(slot, slot)
        if slot not in OUTSIDE:
            return f"{name} needs a {what}: no step before it gives one"
        way = f"give {_OPTIONS[slot]}" if self.by_option else f"add '{slot}' to inputs"
        return f"{name} needs a {what}: {way}, or put a step before it that makes one"

    def _take_channels(self, name: str, contract: Contract, where: Place) -> None:
        accepted = set(contract.channels)
        fits = self.channels & accepted
        if 3 in accepted and 1 in self.channels:
            fits |= {3}  # The core repeats a gray picture's one channel.
        if not fits and self.known:
            takes = "gray" if accepted == {1} else "colour"
            has = "colour" if self.channels == {3} else "gray"
            self.problems.append(
                Problem(f"{name} takes {takes} pictures only, and is given {has} ones; "
                        f"put '{'gray' if takes == 'gray' else 'a colour step'}' before it", where)
            )  # fmt: skip
        self.channels = fits or accepted
        if contract.channels_out is not None:
            self.channels = {contract.channels_out}


def _sizes(
    pipeline: Pipeline, stages: Sequence[Stage | None], size: tuple[int, int]
) -> list[Problem]:
    height, width = size
    for step, stage in zip(pipeline.steps, stages, strict=True):
        if stage is None:
            break
        try:
            height, width = stage.output_size(height, width)
        except (TranslateError, ValueError) as error:
            return [Problem(f"{step.stage}: {width}x{height} px do not fit: {error}", step.where)]
        if height < 1 or width < 1:
            return [Problem(f"{step.stage}: leaves nothing, {width}x{height} px", step.where)]
    return []
