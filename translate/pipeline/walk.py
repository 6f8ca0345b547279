"""A walk over the contracts of a pipeline: what is known of the picture before anything runs."""

from __future__ import annotations

from collections.abc import Collection

from translate.errors import TranslateError
from translate.pipeline.ask import contract_of
from translate.pipeline.model import OUTSIDE, Pipeline, Problem, Step
from translate.stage import Contract, Slot, Stage
from translate.weights import Store, Weights

_ALWAYS: tuple[Slot, ...] = ("image", "alpha")
"""Slots that every run fills; a file without alpha is opaque."""
_OPTIONS = {"mask": "--mask", "reference": "--reference", "prompts": "--prompt"}
_WORDS = {"prompts": "prompt", "kept": "kept picture"}


class Walk:
    """What is known after the steps so far: slots that are filled, channels, problems.

    After a step of which nothing is known, one that is wrong or whose weights are missing, slots
    and channels are not complained about: one problem should not be told three times.
    """

    def __init__(self, pipeline: Pipeline, store: Store, given: Collection[Slot] | None) -> None:
        declared = pipeline.inputs if given is None else tuple(given)
        self.problems: list[Problem] = []
        self.to_fetch: dict[str, Weights] = {}
        self._store = store
        self._by_option = given is not None
        self._from_outside = set(OUTSIDE if declared is None else declared)
        self._made: set[Slot] = set(_ALWAYS)
        self._wanted: set[Slot] = {"image"}
        self._channels = {1, 3}
        self._known = True

    @property
    def needs(self) -> tuple[Slot, ...]:
        """Slots that must come from outside, image first."""
        return tuple(slot for slot in OUTSIDE if slot in self._wanted)

    def step(self, step: Step, stage: Stage | None) -> None:
        """Take a step; None stands for one that is wrong."""
        contract = None if stage is None else self._contract(step, stage)
        if contract is None:
            self._known = False
            return
        for name in contract.weights:
            try:
                self._store.locate(name)
            except TranslateError as error:
                self._say(step, str(error), "weights", error.exit_code)
        self._take_slots(step, contract)
        self._take_channels(step, contract)

    def _say(self, step: Step, message: str, parameter: str = "", exit_code: int = 2) -> None:
        where = step.place_of(parameter)
        self.problems.append(Problem(f"{step.stage}: {message}", where, exit_code))

    def _contract(self, step: Step, stage: Stage) -> Contract | None:
        """Return the stage's contract, or None where its weights are not here to tell."""
        entry = self._fetchable(stage)
        if entry is not None and not self._store.offline:
            self.to_fetch[entry.name] = entry
            return None
        try:
            return contract_of(stage, self._store)
        except TranslateError as error:
            self._say(step, str(error), "weights", error.exit_code)
            return None

    def _fetchable(self, stage: Stage) -> Weights | None:
        """Return what the stage names by `weights`, if it can be fetched and is not here."""
        name = getattr(stage, "weights", None)
        entry = self._store.entries.get(name) if isinstance(name, str) else None
        if entry is None or entry.path or not entry.url or self._store.fetched(entry).is_file():
            return None
        return entry

    def _take_slots(self, step: Step, contract: Contract) -> None:
        for slot in contract.needs:
            if slot in self._made:
                continue
            self._wanted.add(slot)
            if slot not in self._from_outside and self._known:
                self._say(step, self._nobody_gives(slot))
        self._made |= set(contract.gives)

    def _nobody_gives(self, slot: Slot) -> str:
        needed = f"needs a {_WORDS.get(slot, slot)}"
        if slot not in OUTSIDE:
            return f"{needed}, and no step before it makes one"
        way = f"give {_OPTIONS[slot]}" if self._by_option else f"add '{slot}' to inputs"
        return f"{needed}: {way}, or put a step before it that makes one"

    def _take_channels(self, step: Step, contract: Contract) -> None:
        accepted = set(contract.channels)
        fits = self._channels & accepted
        if 3 in accepted and 1 in self._channels:
            fits |= {3}  # The core repeats the one channel of a gray picture.
        if not fits and self._known:
            self._say(step, "takes gray pictures only, and is given colour: put 'gray' before it")
        made = contract.channels_out
        self._channels = (fits or accepted) if made is None else {made}
