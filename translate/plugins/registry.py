"""What the loaded plugins offer, by name, and what is known of each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from translate.errors import PluginError, did_you_mean
from translate.generator import Generator
from translate.recipe import Recipe
from translate.stage import Stage
from translate.weights import Weights


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

    def suspicion(self, name: str) -> str:
        """Return in words which broken plugin may have offered `name`; empty where none is broken.

        A plugin whose problem names it is the one; of several others none can be told apart.
        """
        broken = [(report, report.problem) for report in self.reports if report.problem]
        named = [pair for pair in broken if f"'{name}'" in pair[1]]
        suspects = named or broken
        if len(suspects) > 1:
            names = ", ".join(f"'{report.name}'" for report, _ in suspects[:3])
            more = ", …" if len(suspects) > 3 else ""
            return f" (plugins {names}{more} are broken: 'translate plugins' says why)"
        return "".join(f" (plugin '{r.name}' is broken: {problem})" for r, problem in suspects)

    def stage(self, name: str) -> type[Stage]:
        """Return the stage class of that name.

        Raises:
            PluginError: no stage is called so; says the nearest name, and a broken plugin that
                may be the reason.
        """
        if name in self.stages:
            return self.stages[name]
        hint = did_you_mean(name, self.stages)
        raise PluginError(f"no stage '{name}'{hint}{self.suspicion(name)}")
