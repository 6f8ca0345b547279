"""From steps as written to validated stages, with what is wrong said in words."""

from __future__ import annotations

from pydantic import ValidationError

from translate.errors import PipelineError, PluginError
from translate.pipeline.model import Pipeline, Problem, Step
from translate.pipeline.words import in_words
from translate.plugins import Registry, in_one_line
from translate.stage import Stage


def build_step(step: Step, registry: Registry) -> Stage | list[Problem]:
    """Return the step's stage, or everything that is wrong with it."""
    try:
        kind = registry.stage(step.stage)
    except PluginError as error:
        code = 3 if registry.suspicion(step.stage) else 2
        return [Problem(str(error), step.where, code)]
    try:
        return kind.model_validate(dict(step.params))
    except ValidationError as error:
        return [
            Problem(f"{step.stage}: {message}", step.place_of(parameter))
            for parameter, message in in_words(error, kind)
        ]
    # A validator that a stranger wrote may raise anything.
    except Exception as error:
        return [Problem(f"{step.stage}: cannot be made: {in_one_line(error)}", step.where, 3)]


def build_steps(
    pipeline: Pipeline, registry: Registry
) -> tuple[tuple[Stage | None, ...], list[Problem]]:
    """Return the stage of each step, None where it cannot be built, and the problems."""
    stages: list[Stage | None] = []
    problems: list[Problem] = []
    for step in pipeline.steps:
        built = build_step(step, registry)
        if isinstance(built, Stage):
            stages.append(built)
        else:
            stages.append(None)
            problems += built
    return tuple(stages), problems


def build(pipeline: Pipeline, registry: Registry) -> tuple[Stage, ...]:
    """Return the pipeline's stages.

    Raises:
        PipelineError: the first thing that is wrong, and how many more there are.
    """
    stages, problems = build_steps(pipeline, registry)
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise PipelineError(f"{problems[0]}{more}")
    return tuple(stage for stage in stages if stage is not None)
