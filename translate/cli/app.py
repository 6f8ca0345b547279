"""The Typer app: the built-in commands, and those that plugins add."""

from __future__ import annotations

import platform
from types import ModuleType
from typing import Annotated

import typer

import translate
from translate.cli import (
    check,
    compare,
    doctor,
    pipelines,
    plugins,
    run,
    schema,
    sheet,
    stages,
    train,
    weights,
)
from translate.cli.text import epilog, note

COMMANDS: dict[str, ModuleType] = {
    "run": run,
    "check": check,
    "stages": stages,
    "pipelines": pipelines,
    "plugins": plugins,
    "schema": schema,
    "train": train,
    "sheet": sheet,
    "compare": compare,
    "doctor": doctor,
}

EXAMPLES = """
translate run 'gray | upscale-bicubic factor=2' photos out
translate stages
translate check my-pipeline.yaml
"""


def make_app(arguments: list[str]) -> typer.Typer:
    """Return the app for the given arguments.

    Plugins are loaded here only where one of their commands may be meant or all are listed: a
    built-in command loads what it needs itself.
    """
    app = typer.Typer(
        name="translate",
        help="Translate pictures to pictures: folders of them, through pipelines of stages.",
        epilog=epilog(EXAMPLES),
        no_args_is_help=True,
        # Rich would make up most of the time that --help takes.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name, module in COMMANDS.items():
        app.command(name, epilog=epilog(module.EXAMPLES))(module.command)
    app.add_typer(weights.app, name="weights")
    first = next((word for word in arguments if not word.startswith("-")), None)
    if first not in {*COMMANDS, "weights"}:
        _add_plugin_commands(app)
    return app


def _add_plugin_commands(app: typer.Typer) -> None:
    """Let strangers' plugins add commands; the commands of our own are in `COMMANDS`."""
    from importlib.metadata import entry_points

    from translate.plugins import DISTRIBUTION, GROUP, discover

    points = entry_points(group=GROUP)
    strangers = [p for p in points if p.dist is None or p.dist.name != DISTRIBUTION]
    for add in discover(found=strangers).commands:
        try:
            add(app)
        # Whatever a plugin raises, the built-in commands go on working.
        except Exception as error:
            note(f"commands of {add.__module__} are left out: {type(error).__name__}: {error}")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"translate {translate.__version__} (Python {platform.python_version()})")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error that was not foreseen.")
    ] = False,
) -> None:
    """Options that stand before the command; `main` looks for --debug itself."""
