"""What a plugin offers, and why some of it cannot be taken."""

from __future__ import annotations

import inspect
import os
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from translate import hookspecs
from translate.errors import PluginError, did_you_mean
from translate.generator import Generator, GeneratorConfig
from translate.recipe import Recipe
from translate.stage import Stage
from translate.weights import Weights

_TYPES: Mapping[str, type] = {
    "stages": Stage, "recipes": Recipe, "generators": Generator, "weights": Weights
}  # fmt: skip
_OWN = f"{Path(__file__).parents[1]}{os.sep}"


def refuse_other_api(plugin: object) -> None:
    """Raise PluginError where a plugin was made for another version of the hooks."""
    version = getattr(plugin, "translate_api", hookspecs.API)
    if version != hookspecs.API:
        raise PluginError(
            f"made for plugin API {version}, this translate has {hookspecs.API}; "
            "install a matching version"
        )


def hooks_of(plugin: object) -> tuple[str, ...]:
    """Return the hooks that a plugin implements; a misspelt one raises PluginError."""
    known = [n for n in dir(hookspecs) if n.startswith("register_")]
    marked = [
        name
        for name, member in inspect.getmembers(plugin, callable)
        if isinstance(getattr(member, "translate_impl", None), dict)
    ]
    for name in marked:
        if name not in known:
            raise PluginError(f"no hook is called '{name}'{did_you_mean(name, known)}")
    return tuple(marked)


def refusal(kind: str, offer: Any, owners: Mapping[str, str]) -> str | None:
    """Return why an offer cannot be taken, or None.

    Args:
        kind: "stages", "generators", "weights" or "recipes".
        offer: what a plugin's hook gave.
        owners: the plugin that each name of this kind is taken by.
    """
    wanted = _TYPES[kind]
    if kind in ("stages", "recipes"):
        if not (isinstance(offer, type) and issubclass(offer, wanted)):
            return f"is no {wanted.__name__} class"
        if inspect.isabstract(offer):
            return (
                f"leaves {', '.join(sorted(getattr(offer, '__abstractmethods__', ())))} undefined"
            )
    elif not isinstance(offer, wanted):
        return f"is no translate.{wanted.__name__}"
    name = getattr(offer, "name", None)
    if not isinstance(name, str) or not name or any(c in name for c in " \t\n|=#."):
        return "has no usable name (one word, without | = # or .)"
    if name in owners:
        return f"left out: plugin '{owners[name]}' already has that name"
    return _unusable(offer) if isinstance(offer, Generator) else None


def _unusable(generator: Generator) -> str | None:
    config = generator.config
    if not (isinstance(config, type) and issubclass(config, GeneratorConfig)):
        return "has a config that is no translate.GeneratorConfig class"
    return None if callable(generator.build) else "has a build that is no function"


def in_one_line(error: BaseException) -> str:
    """Return what is wrong with a plugin in one line, with the place in the plugin's own code."""
    text = " ".join(str(error).split()) or "no message"
    if isinstance(error, PluginError):
        return text
    return f"{type(error).__name__}: {text}{_place(error)}"


def _place(error: BaseException) -> str:
    """Return the file and line of a plugin's code that an error came through."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<", _OWN)) and "importlib" not in frame.filename
    ]
    if not frames:
        return ""
    first = Path(frames[0].filename)
    own = first.parent if first.name == "__init__.py" else first
    last = [frame for frame in frames if Path(frame.filename).is_relative_to(own)][-1]
    return f" ({Path(last.filename).name}, line {last.lineno})"
