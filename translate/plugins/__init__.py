"""Finding plugins and keeping a broken one from breaking the tool.

pluggy's own entry-point loader lets one plugin that raises stop every command, and lets a
stranger's entry point that is named like a built-in replace it. Here each plugin is loaded in
its own `try`, and what is wrong with it is one line in `translate plugins`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from translate import hookspecs
from translate.errors import PluginError
from translate.plugins.offers import hooks_of, in_one_line, refusal, refuse_other_api
from translate.plugins.registry import Registry, Report

__all__ = ["DISTRIBUTION", "GROUP", "Registry", "Report", "discover", "in_one_line", "quarantine"]

GROUP = "translate.plugins"
ALLOWED = "TRANSLATE_PLUGINS"
"""Environment variable: comma-separated plugins to load besides the built-ins; empty = none."""
DISTRIBUTION = "translate-images"
_LISTS = ("stages", "generators", "weights", "recipes")


def discover(
    files: Iterable[Path] = (),
    *,
    found: Iterable[EntryPoint] | None = None,
    allowed: str | None = None,
    strict: bool = True,
) -> Registry:
    """Load the built-in plugins, then installed ones, then plugin files.

    Args:
        files: lone Python files, as given by `--plugin FILE`.
        found: entry points to load instead of the installed ones.
        allowed: comma-separated names besides the built-ins; None reads `TRANSLATE_PLUGINS`.
        strict: whether a plugin *file* that cannot be loaded is an error, since it was asked for.

    Raises:
        PluginError: a file cannot be loaded, and `strict`. An installed plugin that is broken
            raises nothing: it is in `reports`.
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
        if report.problem and strict:
            raise PluginError(f"{file}: {report.problem}")
    return builder.build()


@contextmanager
def quarantine(tell: Callable[[str], None]) -> Iterator[None]:
    """Keep what a plugin's code raises, `sys.exit` included, and what it prints, from the tool.

    Args:
        tell: takes what was raised, in one line. Ctrl-C still goes through.
    """
    try:
        # stdout is for data, and a plugin may greet.
        with redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        tell(in_one_line(error))


def _is_builtin(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == DISTRIBUTION


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise PluginError("no such plugin file")
    spec = importlib.util.spec_from_file_location(f"translate_file_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError("not a Python file (its name must end in .py)")
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
        self.owners: dict[str, dict[str, str]] = {kind: {} for kind in _LISTS}
        self.commands: list[Callable[[Any], None]] = []
        self.reports: list[Report] = []

    def add(
        self, name: str, source: str, load: Callable[[], object], *, builtin: bool = False
    ) -> Report:
        start = time.perf_counter()
        hooks: tuple[str, ...] = ()
        offers: dict[str, tuple[str, ...]] = {}
        problems: list[str] = []
        with quarantine(problems.append):
            if self.manager.has_plugin(name):
                raise PluginError(f"the name '{name}' is taken by another plugin")
            plugin = load()
            refuse_other_api(plugin)
            hooks = hooks_of(plugin)
            self.manager.register(plugin, name)
            for hook in hooks:
                self._collect(name, hook, getattr(plugin, hook), offers, problems)
        seconds = time.perf_counter() - start
        problem = "; ".join(problems) or None
        report = Report(name, source, builtin, hooks, offers, seconds, problem)
        self.reports.append(report)
        return report

    def _collect(
        self,
        plugin: str,
        hook: str,
        function: Callable[..., Any],
        offers: dict[str, tuple[str, ...]],
        problems: list[str],
    ) -> None:
        """Add what one hook offers; a hook that raises does not take the others with it."""
        kind = hook.removeprefix("register_")
        if kind == "commands":
            self.commands.append(function)
            return
        with quarantine(lambda line: problems.append(f"{hook}: {line}")):
            offered = function()
            if not isinstance(offered, Iterable):
                raise PluginError(f"gives a {type(offered).__name__}, not a list")
            offers[kind], refused = self._take(plugin, kind, list(offered))
            problems += refused

    def _take(
        self, plugin: str, kind: str, offered: Sequence[Any]
    ) -> tuple[tuple[str, ...], list[str]]:
        """Keep what fits; return the names kept, and a line for each that does not fit."""
        names, refused = [], []
        for offer in offered:
            why = refusal(kind, offer, self.owners[kind])
            if why:
                refused.append(f"{kind.rstrip('s')} '{getattr(offer, 'name', offer)}' {why}")
            else:
                self.known[kind][offer.name] = offer
                self.owners[kind][offer.name] = plugin
                names.append(offer.name)
        return tuple(names), refused

    def build(self) -> Registry:
        return Registry(**self.known, commands=tuple(self.commands), reports=tuple(self.reports))
