"""Contact sheets: a grid of pictures before and after, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from translate.errors import InputError, UsageError
from translate.look.pairs import Row

if TYPE_CHECKING:
    from PIL.Image import Image

_GAP = 8
_LINE = 16
_PAPER = (250, 250, 250)
_INK = (60, 60, 60)
_SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def write_sheet(rows: Sequence[Row], output: Path, side: int = 256) -> list[InputError]:
    """Write a contact sheet: each row side by side, with its name and sizes above it.

    Returns:
        What cannot be read; those rows are left out.

    Args:
        rows: what is shown.
        output: a .png, .jpg or .webp file; replaced if it is there.
        side: greatest height of a picture on the sheet, in pixels.

    Raises:
        UsageError: another extension.
        InputError: no row can be read.
    """
    from translate.images import write_atomic

    kind = _SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"{output}: a sheet is a {', '.join(_SUFFIXES)} file")
    cells: list[_Cell] = []
    problems: list[InputError] = []
    for row in rows:
        try:
            cells.append(_cell(row, side))
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
    """Return the sheet as a picture: rows in a grid, about three wide to two high."""
    from PIL import Image, ImageDraw, ImageFont

    letters = ImageFont.load_default()
    width = max(max(cell.width, math.ceil(letters.getlength(cell.title))) for cell in cells)
    width += 2 * _GAP
    height = max(cell.height for cell in cells) + _LINE + _GAP
    across = min(len(cells), max(1, round(math.sqrt(1.5 * len(cells) * height / width))))
    down = -(-len(cells) // across)
    sheet = Image.new("RGB", (across * width, down * height + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, cell in enumerate(cells):
        left, top = number % across * width + _GAP, number // across * height + _GAP
        pen.text((left, top), cell.title, fill=_INK, font=letters)
        for picture in cell.shown:
            sheet.paste(picture, (left, top + _LINE))
            left += picture.width + _GAP
    return sheet


class _Cell(NamedTuple):
    """What is drawn of a row: pictures of one height."""

    title: str
    shown: tuple[Image, ...]

    @property
    def width(self) -> int:
        return sum(picture.width for picture in self.shown) + _GAP * (len(self.shown) - 1)

    @property
    def height(self) -> int:
        return self.shown[0].height


def _cell(row: Row, side: int) -> _Cell:
    pictures = [_open(path) for path in row.pictures]
    sizes = list(dict.fromkeys(f"{picture.width}x{picture.height}" for picture in pictures))
    # As large as the larger of both, so that an enlargement can be compared with its input.
    height = min(side, max(picture.height for picture in pictures))
    shown = tuple(_resized(picture, height, 2 * side) for picture in pictures)
    return _Cell(f"{_short(row.name)}  {' > '.join(sizes)}", shown)


def _resized(picture: Image, height: int, widest: int) -> Image:
    from PIL import Image

    width = max(1, min(widest, round(picture.width * height / picture.height)))
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def _open(path: Path) -> Image:
    """Return the first frame of a picture, upright, in 8 bits and on white."""
    import numpy as np
    from PIL import Image

    from translate.images import decode, on_white
    from translate.images.alpha import as_dtype

    shown = as_dtype(on_white(decode(path)), np.dtype(np.uint8))
    return Image.fromarray(np.broadcast_to(shown, (*shown.shape[:2], 3)).copy())


def _short(name: str, longest: int = 24) -> str:
    """Return a name that the sheet's font has letters for, cut from the left."""
    plain = name.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= longest else f"...{plain[3 - longest :]}"
