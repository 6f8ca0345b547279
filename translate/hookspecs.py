"""What a plugin may add. Every hook returns a list and does no network or disk work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from translate.generator import Generator
    from translate.recipe import Recipe
    from translate.stage import Stage
    from translate.weights import Weights

hookspec = pluggy.HookspecMarker("translate")
hookimpl = pluggy.HookimplMarker("translate")

API = 1
"""Version of the hooks. A plugin may set `translate_api = 1`; another number is refused."""


@hookspec
def register_stages() -> list[type[Stage]]:  # type: ignore[empty-body]
    """Return stage classes; each `name` must be new."""


@hookspec
def register_generators() -> list[Generator]:  # type: ignore[empty-body]
    """Return networks that learned stages and their training take by name."""


@hookspec
def register_weights() -> list[Weights]:  # type: ignore[empty-body]
    """Return weights that stages open by name."""


@hookspec
def register_recipes() -> list[type[Recipe]]:  # type: ignore[empty-body]
    """Return kinds of training for `translate train NAME`."""


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add commands to the command-line app."""
