"""`translate train RECIPE DATA OUT`: from a folder of pictures to weights that a stage loads."""

from __future__ import annotations

import inspect
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from translate.cli.options import PluginFiles, registry_of, store_of
from translate.cli.text import note
from translate.train.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from translate.batch import Batch
    from translate.plugins import Registry
    from translate.recipe import Recipe
    from translate.train.dataset import MakeInput
    from translate.train.job import MakePipeline
    from translate.weights import Store

EXAMPLES = """
translate train pix2pix pairs out --images 40000 --crop-size 128
translate train pix2pix icons out --a flat --b 3d --val 0.1 --set generator=unet-128
translate train pix2pix photos out --from-pipeline 'edges | invert'
translate train cyclegan apple2orange out --devices 2
translate train upscale photos out --start-from upscale
"""


def _complete_recipe(incomplete: str) -> list[str]:
    return [name for name in registry_of(()).recipes if name.startswith(incomplete)]


def command(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="A kind of training, such as pix2pix or cyclegan.",
            autocompletion=_complete_recipe,
        ),
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Folder of pictures; see docs/train.md.")
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder for weights, samples and statistics.")
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Set a field of the recipe."),
    ] = None,
    plugin: PluginFiles = None,
    **given: Any,
) -> None:
    """Train a network on a folder of pictures.

    The same command again goes on where it stopped. The weights carry their settings: the stage
    that loads OUT/weights.safetensors needs no other option.
    """
    from translate.train.settings import resolve

    registry = registry_of(plugin)
    chosen = recipe_of(registry, recipe, set_ or ())
    if "TORCHELASTIC_RUN_ID" in os.environ:
        given["devices"] = int(os.environ["WORLD_SIZE"])
    settings = resolve(chosen, str(data), given)
    raise typer.Exit(_train(registry, chosen, settings, out))


def _options() -> list[inspect.Parameter]:
    """Return an option for each described field of the settings; None = not given."""
    options = []
    for name, field in Settings.model_fields.items():
        if field.description is None:
            continue
        extra = field.json_schema_extra
        flag = "--" + name.replace("_", "-")
        option = typer.Option(
            f"{flag}/--no-{flag[2:]}" if field.annotation is bool else flag,
            help=f"{field.description}.",
            rich_help_panel=str(extra["panel"]) if isinstance(extra, dict) else None,
        )
        kind: Any = Annotated[Optional[field.annotation], option]  # noqa: UP045
        keyword = inspect.Parameter.KEYWORD_ONLY
        options.append(inspect.Parameter(name, keyword, default=None, annotation=kind))
    return options


def _with_options(function: Callable[..., None]) -> inspect.Signature:
    own = inspect.signature(function, eval_str=True)
    named = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    return own.replace(parameters=[*named, *_options()])


command.__signature__ = _with_options(command)  # type: ignore[attr-defined]


def _train(registry: Registry, recipe: Recipe, settings: Settings, out: Path) -> int:
    from translate.cli.train_show import Screen
    from translate.train.output import Output

    Output.at(out).refuse_other(settings)
    from translate.train.job import Job
    from translate.train.session import train

    store = store_of(registry)
    pipelines = pipeline_maker(registry, store)
    job = Job(
        recipe,
        settings,
        out,
        registry.generators,
        store,
        input_maker(pipelines, settings.from_pipeline, settings.seed),
        pipelines,
        shlex.join(["translate", *sys.argv[1:]]),
    )
    # Fabric and torchrun number the processes; the first one speaks.
    if os.environ.get("LOCAL_RANK", "0") == "0":
        note(f"reading {settings.data}")
    with Screen() as screen, stopping() as stop:
        for event in train(job, stop):
            screen.show(event)
    return screen.exit_code


def recipe_of(registry: Registry, name: str, settings: Sequence[str]) -> Recipe:
    """Return the recipe of that name with `FIELD=VALUE` settings; `a.b=1` sets inside a field.

    Raises:
        UsageError: no such recipe or field, or a value that does not fit.
    """
    from pydantic import ValidationError

    from translate.errors import UsageError, did_you_mean
    from translate.pipeline.words import in_words

    kind = registry.recipes.get(name)
    if kind is None:
        known = ", ".join(sorted(registry.recipes)) or "none"
        hint = did_you_mean(name, registry.recipes) or f"; known are {known}"
        raise UsageError(f"no recipe '{name}'{hint}")
    try:
        return kind.model_validate(_fields(settings))
    except ValidationError as error:
        problems = "; ".join(message for _, message in in_words(error, kind))
        raise UsageError(f"--set: recipe '{name}': {problems}") from error


def _fields(settings: Sequence[str]) -> dict[str, Any]:
    from translate.errors import UsageError
    from translate.pipeline.values import parse_value

    fields: dict[str, Any] = {}
    for setting in settings:
        path, found, text = setting.partition("=")
        if not found:
            raise UsageError(f"--set {setting}: write FIELD=VALUE")
        inner = fields
        *outer, last = path.split(".")
        for name in outer:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UsageError(f"--set {setting}: '{name}' was set to a value before")
        try:
            inner[last] = parse_value(text)
        except ValueError as error:
            raise UsageError(f"--set {setting}: {error}") from error
    return fields


def pipeline_maker(registry: Registry, store: Store) -> MakePipeline:
    """Return what turns the text of a pipeline into a function on a device, in float32."""

    def make(text: str, device: str) -> Callable[[Batch], Batch]:
        from translate.cli.check import say_problems
        from translate.pipeline import build, check, read
        from translate.run.options import Options
        from translate.run.program import Program

        pipeline = read(text, registry)
        if problems := check(pipeline, registry, store, given=["image"]):
            say_problems(problems)
        steps = build(pipeline, registry)
        options = Options(device=device, precision="float32")
        return Program(steps, store, generators=registry.generators, options=options).run

    return make


def input_maker(pipelines: MakePipeline, text: str, seed: int) -> MakeInput | None:
    """Return what makes the input of a pair from its target by a pipeline; None = no pipeline.

    Raises:
        PipelineError: the pipeline does not check.
    """
    if not text:
        return None
    from translate.batch import Batch, seed_for
    from translate.errors import InputError

    run = pipelines(text, "cpu")

    def make(picture: Tensor, key: str) -> Tensor:
        made = run(Batch(picture[None], (key,), (seed_for(seed, key),))).image[0]
        if made.shape[-2:] != picture.shape[-2:]:
            raise InputError(f"{key}: --from-pipeline changes its size; inputs and targets are one")
        return made

    return make


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Give what says whether SIGINT or SIGTERM has come; a second one ends the process."""
    told: list[int] = []

    def tell(number: int, frame: object) -> None:
        if told:
            raise KeyboardInterrupt
        told.append(number)

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
