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


def write_sheet(rows: Sequence[Pair], output: Path, side: int = 256) -> list[InputError]:
    """Write a contact sheet: each pair side by side, with its name and sizes above it.

    Returns:
        What cannot be read; those pairs are left out.

    Args:
        rows: what is shown.
        output: a .png, .jpg or .webp file; replaced if it is there.
        side: greatest height of a picture on the sheet, in pixels.

    Raises:
        UsageError: another extension.
        InputError: no pair can be read.
    """
    from translate.images import write_atomic

    kind = _SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"{output}: a sheet is a {', '.join(_SUFFIXES)} file")
    cells: list[_Cell] = []
    problems: list[InputError] = []
    for pair in rows:
        try:
            cells.append(_cell(pair, side))
        except InputError as error:
            problems.append(error)
    if not cells:
        raise problems[0]
    buffer = BytesIO()
    _grid(cells).save(buffer, kind)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(output, buffer.getvalue())
    return problems


def _grid(cells: Sequence[_Cell]) -> Image:
    """Return the sheet as a picture: pairs in a grid, about three wide to two high."""
    from PIL import Image, ImageDraw

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
    """Return the first frame of a picture, upright, in 8 bits and on white."""
    import numpy as np
    from PIL import Image

    from translate.images import decode, flatten
    from translate.images.alpha import as_dtype

    picture = decode(path)
    frame = picture.frames[0]
    if picture.alpha:
        frame = flatten(frame, picture.alpha[0])
    shown = as_dtype(frame, np.dtype(np.uint8))
    return Image.fromarray(np.broadcast_to(shown, (*shown.shape[:2], 3)).copy())


def _short(name: str, longest: int = 24) -> str:
    """Return a name that the sheet's font has letters for, cut from the left."""
    plain = name.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= longest else f"...{plain[3 - longest :]}"
