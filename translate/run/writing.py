"""One item, written to its file."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Sequence
from typing import IO

from translate.images import FORMATS, TRAITS, Picture, encode_to
from translate.run.frame import Frame
from translate.run.journal import Entry
from translate.run.options import Options
from translate.run.place import placed
from translate.run.plan import Plan
from translate.run.reading import Opened
from translate.run.recipe import item_recipe
from translate.run.results import Done

_FILM_STEP = 80
"""Milliseconds that a picture of a film is shown."""


def write(opened: Opened, plan: Plan, options: Options) -> Done:
    """Write what has become of an item's frames; the journal first, then the file's name.

    Raises:
        InputError: the format cannot hold the picture.
        OSError: the disk is full or may not be written.
    """
    item = opened.item
    format = FORMATS.get(item.output.suffix.lower(), opened.shell.format)
    recipe = item_recipe(item.key, item.beside, plan.recipe)
    with placed(item.output) as part:
        with part.open("x+b") as file:
            done = write_to(file, opened, format, options)
            file.seek(0)
            result = hashlib.file_digest(file, "sha256").hexdigest()
        plan.journal.append(Entry(plan.journal.name(item.output), opened.digest, recipe, result))
    return done


def write_to(file: IO[bytes], opened: Opened, format: str, options: Options) -> Done:
    """Write what has become of an item's frames to an open file, and let the frames go.

    Raises:
        InputError: the format cannot hold the picture.
        OSError: the disk is full or may not be written.
    """
    frames = opened.in_order()
    info, out_size = dict(frames[0].info), frames[0].size
    picture = _joined(opened.shell, frames, format)
    frames.clear()
    level = {} if options.png_level is None else {"png_level": options.png_level}
    encode_to(file, picture, format, quality=options.quality, metadata=options.metadata, **level)
    return Done(
        key=opened.item.key,
        source=opened.item.source,
        output=opened.item.output,
        seconds=time.perf_counter() - opened.began,
        size=opened.size,
        out_size=out_size,
        frames=len(picture.frames),
        info=info,
        warnings=(*opened.warnings, *_losses(picture, format)),
    )


def _joined(shell: Picture, frames: Sequence[Frame], format: str) -> Picture:
    """Return frames as one picture; a film takes the place of the one picture it leads to."""
    film = frames[0].film if len(frames) == 1 else None
    if film and TRAITS[format].frames == "animation":
        return dataclasses.replace(
            shell, frames=film, alpha=None, durations=(_FILM_STEP,) * len(film), loop=0
        )
    whole = tuple(frame.alpha for frame in frames if frame.alpha is not None)
    return dataclasses.replace(
        shell,
        frames=tuple(frame.image for frame in frames),
        alpha=whole if len(whole) == len(frames) else None,
    )


def _losses(picture: Picture, format: str) -> list[str]:
    """Say what the output's format cannot hold."""
    traits, said = TRAITS[format], []
    if picture.alpha is not None and not traits.alpha:
        said.append(f"transparency laid over white: {format} has none")
    if picture.bits > traits.bits:
        said.append(f"16 bits written as 8: {format} has no more")
    return said
