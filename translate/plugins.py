"""Finding plugins and keeping a broken one from breaking the tool.

pluggy's own entry-point loader lets one plugin that raises stop every command, and lets a
stranger's entry point that is named like a built-in replace it. Here each plugin is loaded in
its own `try`, and what is wrong with it is one line in `translate plugins`.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from translate import hookspecs
from translate.errors import PluginError, did_you_mean
from translate.generator import Generator
from translate.recipe import Recipe
from translate.stage import Stage
from translate.weights import Weights

GROUP = "translate.plugins"
ALLOWED = "TRANSLATE_PLUGINS"
"""Environment variable: comma-separated plugins to load besides the built-ins; empty = none."""
DISTRIBUTION = "translate-images"
_LISTS = ("stages", "generators", "weights", "recipes")


@dataclass(frozen=True, slots=True)
class Report:
    """What `translate plugins` shows of one plugin."""

    name: str
    source: str
    """Distribution and version, or the file."""
    builtin: bool = False
    hooks: tuple[str, ...] = ()
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names by kind: {"stages": ("gray", ...), "generators": ...}."""
    seconds: float = 0.0
    problem: str | None = None
    """Why it, or a part of it, was left out; None = fine."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that the loaded plugins offer, by name."""

    stages: Mapping[str, type[Stage]] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)
    weights: Mapping[str, Weights] = field(default_factory=dict)
    recipes: Mapping[str, type[Recipe]] = field(default_factory=dict)
    commands: tuple[Callable[[Any], None], ...] = ()
    reports: tuple[Report, ...] = ()

    def broken_plugin_of(self, stage: str) -> Report | None:
        """Return the report of a broken plugin that may have offered `stage`."""
        broken = [r for r in self.reports if r.problem]
        named = [r for r in broken if stage in r.offers.get("stages", ()) or stage in r.problem]  # type: ignore[operator]
        return named[0] if named else (broken[0] if broken else None)

    def stage(self, name: str) -> type[Stage]:
        """Return the stage class of that name.

        Raises:
            PluginError: no stage is called so; says the nearest name, and a broken plugin that
                may be the reason.
        """
        if name in self.stages:
            return self.stages[name]
        broken = self.broken_plugin_of(name)
        why = f" (plugin '{broken.name}' is broken: {broken.problem})" if broken else ""
        raise PluginError(f"no stage '{name}'{did_you_mean(name, self.stages)}{why}")


def discover(
    files: Iterable[Path] = (),
    *,
    found: Iterable[EntryPoint] | None = None,
    allowed: str | None = None,
) -> Registry:
    """Load the built-in plugins, then installed ones, then plugin files.

    Args:
        files: lone Python files, as given by `--plugin FILE`.
        found: entry points to load instead of the installed ones.
        allowed: comma-separated names besides the built-ins; None reads `TRANSLATE_PLUGINS`.

    Raises:
        PluginError: a plugin *file* that was asked for cannot be loaded. An installed plugin
            that is broken raises nothing: it is in `reports`.
    """
    allowed = os.environ.get(ALLOWED) if allowed is None else allowed
    permitted = None if allowed is None else {n.strip() for n in allowed.split(",") if n.strip()}
    points = sorted(
        entry_points(group=GROUP) if found is None else found,
        key=lambda point: (not _is_builtin(point), point.name, point.value),
    )
    builder = _Builder()
    for point in points:
        builtin = _is_builtin(point)
        if builtin or permitted is None or point.name in permitted:
            builder.add(point.name, _source(point), point.load, builtin=builtin)
    for file in files:
        report = builder.add(file.stem, str(file), lambda file=file: _load_file(file))  # type: ignore[misc]
        if report.problem:
            raise PluginError(f"{file}: {report.problem}")
    return builder.build()


def _is_builtin(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == DISTRIBUTION


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError("no such plugin file")
    spec = importlib.util.spec_from_file_location(f"translate_file_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file (its name must end in .py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


class _Builder:
    """Adds plugins one by one; what one of them breaks stays with it."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager("translate")
        self.manager.add_hookspecs(hookspecs)
        self.known: dict[str, dict[str, Any]] = {kind: {} for kind in _LISTS}
        self.commands: list[Callable[[Any], None]] = []
        self.reports: list[Report] = []

    def add(
        self, name: str, source: str, load: Callable[[], object], *, builtin: bool = False
    ) -> Report:
        start = time.perf_counter()
        hooks: tuple[str, ...] = ()
        offers: dict[str, tuple[str, ...]] = {}
        problem: str | None = None
        try:
            if self.manager.has_plugin(name):
                raise PluginError(f"the name '{name}' is taken by another plugin")
            plugin = load()
            _refuse_other_api(plugin)
            hooks = _hooks_of(plugin)
            self.manager.register(plugin, name)
            offers, problem = self._collect(plugin, hooks)
        # A plugin may raise anything, SystemExit included; none of it may stop the tool.
        except (Exception, SystemExit) as error:
            problem = _one_line(error)
        seconds = time.perf_counter() - start
        report = Report(name, source, builtin, hooks, offers, seconds, problem)
        self.reports.append(report)
        return report

    def _collect(
        self, plugin: object, hooks: Sequence[str]
    ) -> tuple[dict[str, tuple[str, ...]], str | None]:
        offers: dict[str, tuple[str, ...]] = {}
        problems: list[str] = []
        for hook in hooks:
            kind = hook.removeprefix("register_")
            function = getattr(plugin, hook)
            if kind == "commands":
                self.commands.append(function)
                continue
            try:
                offers[kind], refused = self._take(kind, list(function()))
            except Exception as error:
                refused = [f"{hook}: {_one_line(error)}"]
            problems += refused
        return offers, "; ".join(problems) or None

    def _take(self, kind: str, offered: Sequence[Any]) -> tuple[tuple[str, ...], list[str]]:
        """Keep what fits; return the names kept, and a line for each that does not fit."""
        names, refused = [], []
        for offer in offered:
            why = _refusal(kind, offer, self.known[kind])
            if why:
                refused.append(f"{kind.rstrip('s')} '{getattr(offer, 'name', offer)}' {why}")
            else:
                self.known[kind][offer.name] = offer
                names.append(offer.name)
        return tuple(names), refused

    def build(self) -> Registry:
        return Registry(**self.known, commands=tuple(self.commands), reports=tuple(self.reports))


def _refuse_other_api(plugin: object) -> None:
    version = getattr(plugin, "translate_api", hookspecs.API)
    if version != hookspecs.API:
        raise PluginError(
            f"made for plugin API {version}, this translate has {hookspecs.API}; "
            "install a matching version"
        )


def _hooks_of(plugin: object) -> tuple[str, ...]:
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


_TYPES: Mapping[str, type] = {
    "stages": Stage, "recipes": Recipe, "generators": Generator, "weights": Weights
}  # fmt: skip


def _refusal(kind: str, offer: Any, known: Mapping[str, Any]) -> str | None:
    """Return why an offer cannot be taken, or None."""
    wanted = _TYPES.get(kind)
    if kind in ("stages", "recipes") and wanted:
        if not (isinstance(offer, type) and issubclass(offer, wanted)):
            return f"is no {wanted.__name__} class"
        if inspect.isabstract(offer):
            return (
                f"leaves {', '.join(sorted(getattr(offer, '__abstractmethods__', ())))} undefined"
            )
    elif wanted and not isinstance(offer, wanted):
        return f"is no translate.{wanted.__name__}"
    name = getattr(offer, "name", None)
    if not isinstance(name, str) or not name or any(c in name for c in " \t\n|=#."):
        return "has no usable name (one word, without | = # or .)"
    if name in known:
        return "left out: another plugin already has that name"
    return None


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or "no message"
    return text if isinstance(error, PluginError) else f"{type(error).__name__}: {text}"
