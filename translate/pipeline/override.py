"""`--set step.param=value`: changing parameters of a pipeline from the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from translate.errors import UsageError, did_you_mean
from translate.pipeline.model import Pipeline, Step
from translate.pipeline.values import parse_value


def override(pipeline: Pipeline, settings: Iterable[str]) -> Pipeline:
    """Return the pipeline with parameters set, each as `step.param=value`.

    `step` is a stage's name, `name#2` for the second step of that stage, or the step's number
    counted from 1.

    Raises:
        UsageError: not of that form, or no step, or more than one, is meant.
    """
    steps = list(pipeline.steps)
    for setting in settings:
        place = f"--set {setting}"
        target, equals, value = setting.partition("=")
        name, dot, parameter = target.rpartition(".")
        if not (equals and dot and name and parameter):
            raise UsageError(f"{place}: write step.param=value, such as upscale.factor=4")
        try:
            meaning = parse_value(value)
        except ValueError as error:
            raise UsageError(f"{place}: {error}") from None
        index = _find(steps, name, place)
        old = steps[index]
        steps[index] = dataclasses.replace(
            old,
            params={**old.params, parameter: meaning},
            places={**old.places, parameter: place},
        )
    return dataclasses.replace(pipeline, steps=tuple(steps))


def _find(steps: list[Step], name: str, place: str) -> int:
    """Return the index of the one step that `name` means."""
    if name.isdecimal():
        if not 1 <= int(name) <= len(steps):
            raise UsageError(f"{place}: there is no step {name}; the pipeline has {len(steps)}")
        return int(name) - 1
    stage, _, number = name.partition("#")
    found = [i for i, step in enumerate(steps) if step.stage == stage]
    if not found:
        known = ", ".join(dict.fromkeys(step.stage for step in steps))
        hint = did_you_mean(stage, known.split(", ")) or f"; the steps are {known}"
        raise UsageError(f"{place}: no step '{stage}'{hint}")
    if number:
        if not number.isdecimal() or not 1 <= int(number) <= len(found):
            raise UsageError(f"{place}: '{stage}' occurs {len(found)} times; there is no #{number}")
        return found[int(number) - 1]
    if len(found) > 1:
        times = f"'{stage}' occurs {len(found)} times"
        raise UsageError(f"{place}: {times}; write {stage}#1 for the first")
    return found[0]
