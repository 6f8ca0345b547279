"""The Typer app: the built-in commands, each imported when it is called, and plugins' commands."""

from __future__ import annotations

import platform
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

import translate
from translate.cli.text import epilog, note

COMMANDS = {
    "run": "Run pictures through a pipeline.",
    "check": "Check a pipeline without running it.",
    "stages": "List the stages, or show one with its parameters.",
    "pipelines": "List the shipped pipelines, or print one as YAML.",
    "plugins": "List plugins, what they offer, and what is broken.",
    "schema": "Print the JSON schema of pipeline files, for editors.",
    "weights": "List, show, fetch or convert weights.",
    "train": "Train a network on a folder of pictures.",
    "sheet": "Write a contact sheet of pictures before and after.",
    "compare": "Measure results against the truth.",
    "doctor": "Show what this machine offers, and what is wrong.",
}
"""The modules of `translate.cli` that are commands, and what --help says of each: importing them
all for one line each would make up half of the time that --help takes."""

EXAMPLES = """
translate run 'gray | upscale-bicubic factor=2' photos out
translate stages
translate check my-pipeline.yaml
"""


class _Commands(TyperGroup):
    """Imports a built-in command's module when the command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*COMMANDS, *(name for name in self.commands if name not in COMMANDS)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        added = {name: command.get_short_help_str() for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list({**added, **COMMANDS}.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None:
            # What was mistyped is compared with every command.
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _load(name: str) -> Any:
    module = import_module(f"translate.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command(name, epilog=epilog(module.EXAMPLES))(module.command)
    return get_command(app)


def make_app(arguments: list[str]) -> typer.Typer:
    """Return the app for the given arguments.

    Plugins are loaded here only where one of their commands may be meant or all are listed: a
    built-in command loads what it needs itself.
    """
    app = typer.Typer(
        name="translate",
        cls=_Commands,
        help="Translate pictures to pictures: folders of them, through pipelines of stages.",
        epilog=epilog(EXAMPLES),
        no_args_is_help=True,
        # Rich would make up most of the time that --help takes.
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    first = next((word for word in arguments if not word.startswith("-")), None)
    if first not in COMMANDS:
        _add_plugin_commands(app)
    return app


def _add_plugin_commands(app: typer.Typer) -> None:
    """Let strangers' plugins add commands; the commands of our own are in `COMMANDS`."""
    from importlib.metadata import entry_points

    from translate.plugins import DISTRIBUTION, GROUP, discover, quarantine

    points = entry_points(group=GROUP)
    strangers = [p for p in points if p.dist is None or p.dist.name != DISTRIBUTION]
    for add in discover(found=strangers).commands:
        refused: list[str] = []
        with quarantine(refused.append):
            add(app)
        for reason in refused:
            note(f"commands of {add.__module__} are left out: {reason}")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"translate {translate.__version__} (Python {platform.python_version()})")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error that was not foreseen.")
    ] = False,
) -> None:
    """Options that stand before the command; `main` looks for --debug itself."""
