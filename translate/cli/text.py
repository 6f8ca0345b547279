"""Plain text for people and programs: tables, notes, JSON. Nothing here imports Rich."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any


def epilog(examples: str) -> str:
    """Return the examples as the end of a command's --help."""
    return "\b\nExamples:\n" + textwrap.indent(examples.strip(), "  ")


def note(message: str) -> None:
    """Say one line to the person, on stderr."""
    print(f"translate: {visible(message)}", file=sys.stderr)


def visible(text: str) -> str:
    """Return a text with what cannot be printed escaped: names of files may hold line breaks."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def print_json(value: Any) -> None:
    """Print a value to stdout as indented JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows to stdout in aligned columns; on a terminal the last one is cut to its width."""
    if not rows:
        return
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        line = "  ".join([*cells, row[-1]]).rstrip()
        print(line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…")


def first_line(documentation: str | None) -> str:
    """Return the first line of a docstring."""
    return (documentation or "").strip().partition("\n")[0]


def size_of(count: float) -> str:
    """Return a number of bytes for people: 45 kB, 1.2 MB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
