"""One item: read from its files, and written to its file."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from translate.batch import seed_for
from translate.errors import InputError
from translate.images import (
    DEFAULT_MAX_PIXELS,
    FORMATS,
    TRAITS,
    Picture,
    decode,
    encode_to,
    fill_transparent,
)
from translate.run.beside import read_first, read_mask, scaled_mask
from translate.run.frame import Frame
from translate.run.journal import Entry
from translate.run.options import Options
from translate.run.place import placed
from translate.run.plan import BLANK, Item, Plan
from translate.run.recipe import input_digest, item_recipe
from translate.run.results import Done, Failed, Size
from translate.weights import digest

if TYPE_CHECKING:
    from translate.images import Samples

_FILM_STEP = 80
"""Milliseconds that a picture of a film is shown."""
_MOST_FILLED = 64_000_000
"""Filling takes floats of the whole picture: larger ones keep the colours that their file has."""


@dataclass
class Opened:
    """An item whose files have been read."""

    item: Item
    shell: Picture
    """The decoded file without its frames, which are handed on and let go."""
    frames: list[Frame]
    size: Size
    digest: str
    began: float
    warnings: tuple[str, ...] = ()
    made: dict[str, Frame] = field(default_factory=dict)
    """What has become of the frames so far, by key."""
    count: int = 1
    lost: bool = False
    """Whether one of its frames has failed."""


def read(item: Item, options: Options, spreads: bool = True) -> Opened:
    """Read an item's picture and what lies beside it.

    Args:
        item: what is read.
        options: settings of the run.
        spreads: whether steps let pixels touch their neighbours: then colours that nobody sees,
            because they are transparent, are replaced by those around them.

    Raises:
        InputError: a file cannot be read.
        OSError: the same.
    """
    began = time.perf_counter()
    made_from = input_digest(item.source, item.beside)
    picture = _picture(item, options)
    alphas = picture.alpha or (None,) * len(picture.frames)
    keys = [item.key] if len(alphas) == 1 else [f"{item.key}#{n}" for n in range(len(alphas))]
    limit = options.max_pixels or DEFAULT_MAX_PIXELS
    beside = item.beside
    reference = read_first(beside.reference, limit) if beside.reference else None
    mask = read_mask(beside.mask, limit) if beside.mask else None
    frames: list[Frame] = []
    warnings: list[str] = []
    for key, image, alpha in zip(keys, picture.frames, alphas, strict=True):
        size = (image.shape[0], image.shape[1])
        if mask is not None and mask.shape != size and not warnings:
            warnings.append(
                f"mask scaled from {mask.shape[1]} x {mask.shape[0]} to {size[1]} x {size[0]}"
            )
        frames.append(
            Frame(
                key=key,
                seed=seed_for(options.seed, key),
                image=_filled(image, alpha) if spreads else image,
                alpha=alpha,
                mask=None if mask is None else scaled_mask(mask, size),
                reference=reference,
                prompt=beside.prompt,
            )
        )
    size = picture.size if item.source else (0, 0)
    shell = dataclasses.replace(picture, frames=(), alpha=None)
    return Opened(item, shell, frames, size, made_from, began, tuple(warnings), count=len(frames))


def _picture(item: Item, options: Options) -> Picture:
    if item.source is not None:
        return decode(item.source, max_pixels=options.max_pixels or DEFAULT_MAX_PIXELS)
    import numpy as np

    return Picture(frames=(np.zeros((*BLANK, 3), np.uint8),), alpha=None, format="PNG")


def _filled(image: Samples, alpha: Samples | None) -> Samples:
    small = image.shape[0] * image.shape[1] <= _MOST_FILLED
    return fill_transparent(image, alpha) if alpha is not None and small else image


def write(opened: Opened, plan: Plan, options: Options) -> Done:
    """Write what has become of an item's frames; the journal first, then the file's name.

    Raises:
        InputError: the format cannot hold the picture.
        OSError: the disk is full or may not be written.
    """
    item = opened.item
    frames = [opened.made[key] for key in sorted(opened.made, key=_number)]
    opened.made.clear()
    out_size, info = frames[0].size, dict(frames[0].info)
    picture = _joined(opened.shell, frames)
    format = FORMATS.get(item.output.suffix.lower(), opened.shell.format)
    warnings = (*opened.warnings, *_losses(picture, format))
    recipe = item_recipe(item.key, item.beside, plan.recipe)
    with placed(item.output) as part:
        with part.open("xb") as file:
            encode_to(
                file,
                picture,
                format,
                quality=options.quality,
                png_level=options.png_level or 1,
                metadata=options.metadata,
            )
        name = plan.journal.name(item.output)
        plan.journal.append(Entry(name, opened.digest, recipe, digest(part)))
    return Done(
        key=item.key,
        source=item.source,
        output=item.output,
        seconds=time.perf_counter() - opened.began,
        size=opened.size,
        out_size=out_size,
        frames=len(picture.frames),
        info=info,
        warnings=warnings,
    )


def _number(key: str) -> int:
    _, _, number = key.rpartition("#")
    return int(number) if number.isdigit() else 0


def _joined(shell: Picture, frames: Sequence[Frame]) -> Picture:
    """Return frames as one picture; a film takes the place of the one picture it leads to."""
    film = frames[0].film if len(frames) == 1 else None
    if film:
        return dataclasses.replace(
            shell, frames=film, alpha=None, durations=(_FILM_STEP,) * len(film), loop=0
        )
    alphas = [frame.alpha for frame in frames]
    whole = tuple(alpha for alpha in alphas if alpha is not None)
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


def failed(item: Item, error: BaseException | str, began: float | None = None) -> Failed:
    """Return the result of an item that could not be made, in one line."""
    if isinstance(error, str):
        text = error
    else:
        said = " ".join(str(error).split())
        plain = isinstance(error, (InputError, OSError))
        text = said if plain and said else f"{type(error).__name__}: {said}"
    seconds = 0.0 if began is None else time.perf_counter() - began
    return Failed(item.key, item.source, item.output, text, seconds)
