"""Options that several commands share, their completion, and what they are turned into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from translate.plugins import Registry
    from translate.weights import Store


def registry_of(files: Iterable[Path] | None, *, strict: bool = True) -> Registry:
    """Load the plugins and the given files; a broken file is an error if `strict`."""
    from translate.plugins import discover

    return discover(files or (), strict=strict)


def store_of(registry: Registry, offline: bool = False) -> Store:
    """Return the store of the weights that the plugins registered."""
    from translate.weights import Store

    return Store(registry.weights, offline=offline)


def complete_pipeline(incomplete: str) -> list[str]:
    """Complete the name of a shipped pipeline or of a stage; files are left to the shell."""
    from translate.pipeline import shipped

    return [n for n in (*shipped(), *registry_of(()).stages) if n.startswith(incomplete)]


def complete_shipped(incomplete: str) -> list[str]:
    """Complete the name of a shipped pipeline."""
    from translate.pipeline import shipped

    return [name for name in shipped() if name.startswith(incomplete)]


def complete_stage(incomplete: str) -> list[str]:
    """Complete the name of a stage."""
    return [name for name in registry_of(()).stages if name.startswith(incomplete)]


def complete_weights(incomplete: str) -> list[str]:
    """Complete the name of registered weights."""
    return [name for name in registry_of(()).weights if name.startswith(incomplete)]


PipelineName = Annotated[
    str,
    typer.Argument(
        metavar="PIPELINE",
        help="A .yaml file, a shipped pipeline's name, or a chain such as 'gray | invert'.",
        autocompletion=complete_pipeline,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="STEP.PARAM=VALUE",
        help="Set a parameter; STEP is a stage's name, name#2 for its second step, or a number.",
    ),
]
PluginFiles = Annotated[
    list[Path] | None,
    typer.Option("--plugin", metavar="FILE", help="Also load the plugin in this Python file."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never fetch weights.")]
