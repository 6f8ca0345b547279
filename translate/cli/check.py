"""`translate check PIPELINE`: every problem of a pipeline, before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translate.cli.options import (
    Json,
    Offline,
    PipelineName,
    PluginFiles,
    Settings,
    registry_of,
    store_of,
)
from translate.cli.text import note, print_json, print_table

if TYPE_CHECKING:
    from translate.pipeline import Pipeline, Problem
    from translate.stage import Stage

EXAMPLES = """
translate check old-photo.yaml
translate check 'resize width=512 | gray' --size 1920x1080
translate check icon-3d --json --offline
"""


def command(
    pipeline: PipelineName,
    settings: Settings = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="Also show the size of such a picture at each step."),
    ] = None,
    plugin: PluginFiles = None,
    offline: Offline = False,
    json: Json = False,
) -> None:
    """Check a pipeline without running it: stages, parameters, slots, channels, weights, sizes.

    Every problem is one line with file, line and column. Nothing heavy is imported.
    """
    from translate.pipeline import examine, override, read

    registry = registry_of(plugin)
    extent = _extent(size) if size else None
    found = override(read(pipeline, registry), settings or ())
    seen = examine(found, registry, store_of(registry, offline), size=extent)
    steps = _steps(found, seen.stages, None if seen.problems else extent)
    if json:
        print_json({"name": found.name, "ok": not seen.problems, "needs": seen.needs,
                    "steps": steps, "problems": [_fields(p) for p in seen.problems]})  # fmt: skip
    elif not seen.problems:
        print_table([(str(i), s["stage"], s.get("size", ""), s["parameters"])
                     for i, s in enumerate(steps, 1)])  # fmt: skip
        note(f"{found.name} is fine; it needs {', '.join(seen.needs)}")
    for entry in seen.to_fetch:
        note(
            f"a run fetches '{entry.name}' from {entry.url}, {entry.license or 'no licence stated'}"
        )
    if seen.problems:
        say_problems(seen.problems)


def say_problems(problems: Sequence[Problem]) -> None:
    """Print the problems to stderr and exit with the code that they ask for."""
    for problem in problems:
        print(problem, file=sys.stderr)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    note(f"{count}; nothing was run")
    raise typer.Exit(min(problem.exit_code for problem in problems))


def _extent(text: str) -> tuple[int, int]:
    """Return height and width of `WxH`."""
    from translate.errors import UsageError

    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise UsageError(f"--size {text}: write width x height in pixels, such as 1920x1080")
    return int(height), int(width)


def _steps(
    pipeline: Pipeline, stages: tuple[Stage | None, ...], size: tuple[int, int] | None
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step, stage in zip(pipeline.steps, stages, strict=True):
        given = " ".join(f"{key}={value}" for key, value in step.params.items())
        row = {"stage": step.stage, "parameters": given}
        if stage is not None and size is not None:
            size = stage.output_size(*size)
            row["size"] = f"{size[1]}x{size[0]}"
        rows.append(row)
    return rows


def _fields(problem: Problem) -> dict[str, Any]:
    from translate.errors import Location

    where = problem.where
    place = {"line": where.line, "column": where.column} if isinstance(where, Location) else {}
    source = where.source if isinstance(where, Location) else where
    return {"message": problem.message, "source": source, **place, "exit_code": problem.exit_code}
