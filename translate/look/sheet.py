"""Contact sheets: rows of pictures before and after, drawn with Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Write a contact sheet: a row for each pair, with the name and sizes above it.

    Args:
        rows: what is shown.
        output: a .png, .jpg or .webp file; replaced if it is there.
        side: longest side of a picture on the sheet, in pixels.

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
    """Return the sheet as a picture of 2 columns and one row for each pair."""
    from PIL import Image, ImageDraw

    cells = [(pair, _open(pair.before, side), _open(pair.after, side)) for pair in rows]
    heights = [max(a[0].height, b[0].height) for _, a, b in cells]
    width = 2 * side + 3 * _GAP
    sheet = Image.new("RGB", (width, sum(heights) + len(cells) * (_LINE + _GAP) + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    top = _GAP
    for (pair, (before, was), (after, now)), height in zip(cells, heights, strict=True):
        pen.text((_GAP, top), f"{_short(pair.name)}  {was}", fill=_INK)
        pen.text((2 * _GAP + side, top), now, fill=_INK)
        top += _LINE
        sheet.paste(before, (_GAP, top))
        sheet.paste(after, (2 * _GAP + side, top))
        top += height + _GAP
    return sheet


def _open(path: Path, side: int) -> tuple[Image, str]:
    """Return a picture no larger than `side`, on white, and its size in words."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as file:
            picture = ImageOps.exif_transpose(file).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    words = f"{picture.width}x{picture.height}"
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper, words


def _short(name: str, longest: int = 32) -> str:
    """Return a name that the sheet's font has letters for, cut from the left."""
    plain = name.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= longest else f"...{plain[3 - longest :]}"
