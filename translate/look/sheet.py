"""Contact sheets: a grid of pictures before and after, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from translate.errors import InputError, UsageError
from translate.look.pairs import Pair

if TYPE_CHECKING:
    from PIL.Image import Image

_GAP = 8
_LINE = 16
_PAPER = (250, 250, 250)
_INK = (60, 60, 60)
_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def write_sheet(rows: Sequence[Pair], output: Path, side: int = 256) -> None:
    """Write a contact sheet: each pair side by side, with its name and sizes above it.

    Args:
        rows: what is shown.
        output: a .png, .jpg or .webp file; replaced if it is there.
        side: greatest height of a picture on the sheet, in pixels.

    Raises:
        UsageError: another extension.
        InputError: a picture cannot be read.
    """
    from translate.images import write_atomic

    kind = _SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"{output}: a sheet is a {', '.join(_SUFFIXES)} file")
    buffer = BytesIO()
    draw_sheet(rows, side).save(buffer, kind)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(output, buffer.getvalue())


def draw_sheet(rows: Sequence[Pair], side: int = 256) -> Image:
    """Return the sheet as a picture: a grid of pairs, about three wide to two high."""
    from PIL import Image, ImageDraw

    cells = [_cell(pair, side) for pair in rows]
    width = max(cell.before.width + cell.after.width for cell in cells) + 3 * _GAP
    height = max(cell.after.height for cell in cells) + _LINE + _GAP
    across = min(len(cells), max(1, round(math.sqrt(1.5 * len(cells) * height / width))))
    down = -(-len(cells) // across)
    sheet = Image.new("RGB", (across * width, down * height + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, cell in enumerate(cells):
        left, top = number % across * width + _GAP, number // across * height + _GAP
        right = left + cell.before.width + _GAP
        pen.text((left, top), cell.title, fill=_INK)
        sheet.paste(cell.before, (left, top + _LINE))
        sheet.paste(cell.after, (right, top + _LINE))
    return sheet


class _Cell(NamedTuple):
    """A pair as it is drawn: both of one height."""

    title: str
    before: Image
    after: Image


def _cell(pair: Pair, side: int) -> _Cell:
    from PIL import Image

    before, after = _open(pair.before), _open(pair.after)
    sizes = f"{before.width}x{before.height}"
    if after.size != before.size:
        sizes += f" > {after.width}x{after.height}"
    # As large as the larger of both, so that an enlargement can be compared with its input.
    height = min(side, max(before.height, after.height))
    shown = [
        picture.resize(
            (max(1, min(2 * side, round(picture.width * height / picture.height))), height),
            Image.Resampling.BICUBIC,
        )
        for picture in (before, after)
    ]
    return _Cell(f"{_short(pair.name)}  {sizes}", *shown)


def _open(path: Path) -> Image:
    """Return a picture, upright and on white."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _short(name: str, longest: int = 24) -> str:
    """Return a name that the sheet's font has letters for, cut from the left."""
    plain = name.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= longest else f"...{plain[3 - longest :]}"
