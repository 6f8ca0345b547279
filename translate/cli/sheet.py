"""`translate sheet`: a contact sheet of pictures before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from translate.cli.text import note

EXAMPLES = """
translate sheet photos out sheet.png
translate sheet before.jpg after.png sheet.png --side 512
"""


def command(
    before: Annotated[Path, typer.Argument(help="A picture, or a folder of them.")],
    after: Annotated[Path, typer.Argument(help="What was made of it.")],
    output: Annotated[Path, typer.Argument(help="The sheet to write: .png, .jpg, .webp.")],
    rows: Annotated[int, typer.Option(min=1, help="Rows at most.")] = 12,
    side: Annotated[int, typer.Option(min=16, help="Longest side of a picture, in px.")] = 256,
) -> None:
    """Write a contact sheet of pictures before and after.

    Ends with 1 where a picture cannot be read; the others are drawn.
    """
    from translate.look import pairs, write_sheet

    found = pairs(before, after)
    problems = write_sheet([pair.row for pair in found[:rows]], output, side)
    for problem in problems:
        note(f"failed: {problem}")
    drawn = min(rows, len(found)) - len(problems)
    note(f"wrote {output} with {drawn} of {len(found)} pairs")
    if problems:
        raise typer.Exit(1)
