"""One item, read from its files."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from translate.batch import seed_for
from translate.images import DEFAULT_MAX_PIXELS, Picture, decode, fill_transparent
from translate.images.source import reading
from translate.run.frame import Frame
from translate.run.masks import read_mask, read_reference, scaled_mask
from translate.run.options import Options
from translate.run.plan import BLANK, NOTHING, Item
from translate.run.recipe import input_digest
from translate.run.results import Size

if TYPE_CHECKING:
    from translate.images import Samples
    from translate.run.sidecars import Beside

_AT_ONCE = 1 << 25
"""Bytes of a file that is read at once; a larger one is read in pieces."""

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
    """Of the input."""
    began: float
    warnings: tuple[str, ...] = ()
    made: dict[str, Frame] = field(default_factory=dict)
    """What has become of the frames so far, by key."""
    count: int = 1
    lost: bool = False
    """Whether one of its frames has failed."""

    def in_order(self) -> list[Frame]:
        """Hand over what has been made of the frames, in the order of the file."""
        frames = [self.made.pop(key) for key in sorted(self.made, key=_number)]
        return frames


def _number(key: str) -> int:
    _, _, number = key.rpartition("#")
    return int(number) if number.isdigit() else 0


def read(item: Item, options: Options, spreads: bool = True) -> Opened:
    """Read an item's picture and what lies beside it.

    Args:
        item: what is read.
        options: settings of the run.
        spreads: as for `opened`.

    Raises:
        InputError: a file cannot be read.
        OSError: the same.
    """
    began = time.perf_counter()
    digest, picture = _decoded(item, options)
    return opened(item, picture, options, spreads, digest, began)


def _decoded(item: Item, options: Options) -> tuple[str, Picture]:
    """Return the digest of an item's input, and its picture.

    Opening a file can cost as much as reading it: where it is small, both come from one reading.
    """
    most = limit(options)
    if item.source is None:
        return input_digest(None, item.beside), blank()
    label = str(item.source)
    if not item.source.is_file():
        # Opening a pipe would wait for ever; `decode` says what is there instead of a file.
        return "", decode(item.source, max_pixels=most)
    with reading(label), item.source.open("rb") as file:
        data = file.read(_AT_ONCE + 1)
    if len(data) > _AT_ONCE:
        return input_digest(item.source, item.beside), decode(item.source, max_pixels=most)
    picture = decode(data, max_pixels=most, name=label)
    return hashlib.sha256(data).hexdigest(), picture


def limit(options: Options) -> int:
    """Return the most pixels that a picture may have."""
    return options.max_pixels or DEFAULT_MAX_PIXELS


def blank() -> Picture:
    """Return what a pipeline starts from where there is a prompt and no picture."""
    import numpy as np

    return Picture(frames=(np.zeros((*BLANK, 3), np.uint8),), alpha=None, format="PNG")


def opened(
    item: Item, picture: Picture, options: Options, spreads: bool, digest: str, began: float
) -> Opened:
    """Return a decoded picture as frames with what lies beside them.

    Args:
        item: names the picture and its sidecars.
        picture: the item's, decoded.
        options: settings of the run.
        spreads: whether steps let pixels touch their neighbours: then colours that nobody sees,
            because they are transparent, are replaced by those around them.
        digest: of the input.
        began: when the item was begun, by `time.perf_counter`.
    """
    mask = read_mask(item.beside.mask, limit(options)) if item.beside.mask else None
    plain = list(_frames(item.key, picture, item.beside, options))
    frames = [
        frame.replace(
            image=_filled(frame) if spreads else frame.image,
            mask=None if mask is None else scaled_mask(mask, frame.size),
        )
        for frame in plain
    ]
    warnings = [] if mask is None else [_scaled(mask, f.size) for f in plain[:1]]
    return Opened(
        item=item,
        shell=dataclasses.replace(picture, frames=(), alpha=None),
        frames=frames,
        size=picture.size if item.source else NOTHING,
        digest=digest,
        began=began,
        warnings=tuple(filter(None, warnings)),
        count=len(frames),
    )


def _frames(key: str, picture: Picture, beside: Beside, options: Options) -> Iterator[Frame]:
    reference = read_reference(beside.reference, limit(options)) if beside.reference else None
    alphas = picture.alpha or (None,) * len(picture.frames)
    for number, (image, alpha) in enumerate(zip(picture.frames, alphas, strict=True)):
        name = f"{key}#{number}" if len(alphas) > 1 else key
        seed = seed_for(options.seed, name)
        yield Frame(name, seed, image, alpha, None, reference, beside.prompt)


def _filled(frame: Frame) -> Samples:
    small = frame.size[0] * frame.size[1] <= _MOST_FILLED
    if frame.alpha is None or not small:
        return frame.image
    return fill_transparent(frame.image, frame.alpha)


def _scaled(mask: Samples, size: Size) -> str:
    """Say that a mask had to be scaled, or nothing."""
    if mask.shape == size:
        return ""
    return f"mask scaled from {mask.shape[1]} x {mask.shape[0]} to {size[1]} x {size[0]}"
