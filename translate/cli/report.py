"""What is said of a plan and of a run: JSON Lines on stdout, a summary on stderr."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from translate.cli.text import note, print_table
from translate.run.results import Done, Failed, Result, Size, Skipped, record

if TYPE_CHECKING:
    from translate.look import Row
    from translate.run.plan import Item, Plan

_FAILURES, _WARNINGS = 1000, 20
"""How many of them the summary names; --json tells all."""
_ON_SHEET = 12
STANDARD_INPUT = "standard input"


class Report:
    """Counts what has become of the items, and says it.

    Args:
        data: where each result goes as one line of JSON; None = nowhere.
        from_stdin: whether the picture came from there.
    """

    def __init__(self, data: TextIO | None, from_stdin: bool = False) -> None:
        self._data = data
        self._from_stdin = from_stdin
        self._begin = time.perf_counter()
        self._counts = {Done: 0, Skipped: 0, Failed: 0}
        self._failures: list[str] = []
        self._warnings: list[str] = []
        self._rows: list[Row] = []

    @property
    def exit_code(self) -> int:
        """1 where an input has failed, else 0."""
        return 1 if self._counts[Failed] else 0

    def take(self, result: Result) -> None:
        """Count a result; with --json, print it."""
        self._counts[type(result)] += 1
        if isinstance(result, Failed):
            self._failures.append(self._reason(result))
        elif isinstance(result, Done):
            said = (*result.warnings, *filter(None, [result.info.get("note")]))
            self._warnings += [f"{result.output}: {text}" for text in said]
        if not isinstance(result, Failed) and len(self._rows) < _ON_SHEET:
            self._remember(result)
        if self._data:
            line = json.dumps(record(result), ensure_ascii=False, default=str)
            print(line, file=self._data, flush=True)

    def _reason(self, failed: Failed) -> str:
        """Return the name and what is wrong; a picture from stdin has no path worth naming."""
        path = str(failed.source or failed.key)
        error = failed.error.removeprefix(f"{path}: ")
        return f"{STANDARD_INPUT if self._from_stdin else path}: {error}"

    def _remember(self, result: Done | Skipped) -> None:
        from translate.look import Row

        made = (result.output,) if result.source is None else (result.source, result.output)
        self._rows.append(Row(result.key, made))

    def summary(self) -> None:
        """Say on stderr how it went, with names and reasons of what has failed."""
        seconds = time.perf_counter() - self._begin
        done = self._counts[Done]
        rate = f" ({done / seconds:.1f} pictures/s)" if done > 1 else ""
        parts = [
            f"{count} {kind.__name__.lower()}" for kind, count in self._counts.items() if count
        ]
        note(f"{', '.join(parts) or 'nothing was made'} in {seconds:.1f} s{rate}")
        _list("failed", self._failures, _FAILURES)
        _list("warning", self._warnings, _WARNINGS)

    def write_sheet(self, path: Path) -> None:
        """Write a contact sheet of the first results."""
        from translate.look import write_sheet

        if not self._rows:
            note(f"{path} was not written: there is nothing to show")
            return
        write_sheet(self._rows, path)
        note(f"wrote {path}")


def _list(what: str, lines: list[str], most: int) -> None:
    for line in lines[:most]:
        note(f"{what}: {line}")
    if len(lines) > most:
        note(f"{what}: and {len(lines) - most} more; --json tells all")


def show_plan(plan: Plan, as_json: bool) -> None:
    """Print every output of a plan with its size in pixels, and what is skipped and why."""
    if as_json:
        for item in plan.items:
            print(json.dumps(_fields(item), ensure_ascii=False))
        return
    print_table([(i.action, _pixels(i.out_size), str(i.output), i.why) for i in plan.items])
    counts = ", ".join(f"{count} to {action}" for action, count in plan.counts().items())
    note(f"dry run: {counts}; nothing was written")


def _pixels(size: Size | None) -> str:
    return f"{size[1]}x{size[0]}" if size else "?"


def _fields(item: Item) -> dict[str, Any]:
    def size(found: Size | None) -> dict[str, int] | None:
        return {"height": found[0], "width": found[1]} if found else None

    return {
        "status": item.action,
        "key": item.key,
        "source": str(item.source) if item.source else None,
        "output": str(item.output),
        "size": size(item.size),
        "out_size": size(item.out_size),
        "why": item.why,
    }
