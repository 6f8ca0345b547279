"""What `translate run` does: check, plan, load, run, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from translate.cli.check import say_problems
from translate.cli.options import registry_of, store_of
from translate.cli.stdio import STANDARD, one_picture, read_list
from translate.cli.text import note
from translate.errors import UsageError

if TYPE_CHECKING:
    from translate.cli.report import Report
    from translate.plugins import Registry
    from translate.run.options import Options
    from translate.run.plan import Plan
    from translate.run.program import Program
    from translate.run.sidecars import Sidecars
    from translate.stage import Slot, Stage
    from translate.weights import Store


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be made, as the command line says it."""

    pipeline: str
    settings: tuple[str, ...]
    inputs: tuple[str, ...]
    output: str
    listed: str | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    sidecars: Sidecars
    options: Options
    plugins: tuple[Path, ...]
    offline: bool


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said of it, and where."""

    dry_run: bool = False
    json: bool = False
    progress: bool | None = None
    sheet: Path | None = None


def carry_out(request: Request, voice: Voice) -> int:
    """Carry a request out and return the exit code.

    Raises:
        TranslateError: nothing has run, since something does not fit or is missing.
        KeyboardInterrupt: it was interrupted; what was written is whole.
    """
    _refuse_what_does_not_go_together(request, voice)
    registry = registry_of(request.plugins)
    store = store_of(registry, request.offline)
    steps = _steps(request, registry, store, fetch=not voice.dry_run)
    with one_picture(request.inputs, request.output, request.options.format) as (inputs, output):
        plan = _plan(request, inputs, output, steps, store, sizes=voice.dry_run)
        if voice.dry_run:
            from translate.cli.report import show_plan

            show_plan(plan, voice.json)
            return 0

        def load() -> Program:
            from translate.run.program import Program

            generators = registry.generators
            return Program(steps, store, generators=generators, options=request.options)

        return _run(plan, request, voice, load)


def _refuse_what_does_not_go_together(request: Request, voice: Voice) -> None:
    if not request.output or not (request.inputs or request.listed):
        raise UsageError("give inputs and, last, an output: translate run PIPELINE INPUT… OUTPUT")
    if request.output == STANDARD and voice.json:
        raise UsageError("--json and the output '-' both want stdout; give an output file")
    if request.listed == STANDARD and STANDARD in request.inputs:
        raise UsageError("--from - and the input '-' both want stdin; give one of them")


def _steps(request: Request, registry: Registry, store: Store, *, fetch: bool) -> tuple[Stage, ...]:
    """Return the checked stages of the pipeline; every problem is told before it ends."""
    from translate.cli.weights import fetch_weights
    from translate.pipeline import build, examine, override, read

    pipeline = override(read(request.pipeline, registry), request.settings)
    given = _given(request)
    found = examine(pipeline, registry, store, given)
    if fetch and found.to_fetch and not found.problems:
        for entry in found.to_fetch:
            fetch_weights(entry, store)
        found = examine(pipeline, registry, store, given)
    if found.problems:
        say_problems(found.problems)
    beside = request.sidecars
    said = {"mask": beside.mask, "reference": beside.reference, "prompts": beside.prompt}
    for slot, value in said.items():
        if value and slot not in found.needs:
            option = "--" + slot.removesuffix("s")
            note(f"{option} is given, but no step of '{pipeline.name}' asks for it")
    return build(pipeline, registry)


def _given(request: Request) -> list[Slot]:
    """Return the slots that the command line fills."""
    beside = request.sidecars
    given: list[Slot] = ["image"]
    if beside.mask:
        given.append("mask")
    if beside.reference:
        given.append("reference")
    if beside.prompt or any(Path(name).suffix == ".txt" for name in request.inputs):
        given.append("prompts")
    return given


def _plan(
    request: Request,
    inputs: Sequence[str | Path],
    output: str | Path,
    steps: Sequence[Stage],
    store: Store,
    *,
    sizes: bool,
) -> Plan:
    from translate.run.plan import make_plan

    return make_plan(
        inputs,
        output,
        steps=steps,
        store=store,
        options=request.options,
        sidecars=request.sidecars,
        listed=read_list(request.listed) if request.listed else (),
        include=request.include,
        exclude=request.exclude,
        sizes=sizes,
    )


def _run(plan: Plan, request: Request, voice: Voice, load: Callable[[], Program]) -> int:
    """Run a plan and say how it goes; the program is loaded only where there is work for it."""
    from translate.cli.report import Report
    from translate.run.local import known

    report = Report(sys.stdout if voice.json else None, from_stdin=STANDARD in request.inputs)
    # stdout is for data, and a stage, or a package that it imports, may have something to say.
    with redirect_stdout(sys.stderr):
        program = load() if plan.counts().get("make") else None
        try:
            if program is None:
                for result in known(plan):
                    report.take(result)
            else:
                _work(plan, program, report, voice.progress)
        except KeyboardInterrupt:
            note("interrupted; the same command goes on from here")
            raise
        finally:
            report.summary()
    if voice.sheet is not None:
        report.write_sheet(voice.sheet)
    return report.exit_code


def _work(plan: Plan, program: Program, report: Report, progress: bool | None) -> None:
    from translate.cli.progress import bars
    from translate.run.local import run

    with (
        closing(run(plan, program)) as results,
        bars(program, plan.counts(), progress) as tick,
    ):
        for result in results:
            report.take(result)
            tick()
