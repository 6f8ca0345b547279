"""A picture of any size through tiled steps: read, run and given out piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING

from translate.batch import Batch
from translate.images import Box, plan_tiles, stitch
from translate.run.ahead import ahead
from translate.run.chain import resized
from translate.run.frame import Frame, to_batch
from translate.run.segments import Segment
from translate.run.threads import intra_op_threads

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from translate.images import Tile

Whole = Frame | Batch
"""A whole picture: samples as they come from the file, or floats (a batch of one)."""

_LAYERS = ("mask", "alpha", "kept")


def size_of(whole: Whole) -> tuple[int, int]:
    """Return (height, width) of the picture."""
    if isinstance(whole, Frame):
        return whole.size
    return whole.image.shape[-2], whole.image.shape[-1]


def unit_for(whole: Whole, segment: Segment) -> int | None:
    """Return where tiles may start so that every slot can be cut; None = they cannot."""
    unit = segment.unit
    if isinstance(whole, Frame):
        return unit
    for slot in _LAYERS:
        layer: Tensor | None = getattr(whole, slot)
        ratio = _ratio(whole.image, layer) if layer is not None else 1
        if ratio is None:
            return None
        unit = math.lcm(unit, ratio)
    return unit


def _ratio(image: Tensor, layer: Tensor) -> int | None:
    """Return how many pixels of the image stand for one of the layer, where that is whole."""
    ratio = max(1, int(image.shape[-2] // layer.shape[-2]))
    sides = (layer.shape[-2] * ratio, layer.shape[-1] * ratio)
    return ratio if sides == tuple(image.shape[-2:]) else None


def pieces(whole: Whole, boxes: Sequence[Box], device: torch.device) -> Batch:
    """Return what lies under boxes of one size, as a batch on `device`."""
    origins = tuple((box.top, box.left) for box in boxes)
    if isinstance(whole, Frame):
        return to_batch([whole.cut(box) for box in boxes], device).replace(origins=origins)
    parts = [_piece(whole, box) for box in boxes]
    return Batch.stack(parts).to(device).replace(origins=origins)


def _piece(whole: Batch, box: Box) -> Batch:
    image = box.cut(whole.image)
    layers: dict[str, Tensor] = {}
    for slot in _LAYERS:
        layer: Tensor | None = getattr(whole, slot)
        if layer is None:
            continue
        ratio = _ratio(whole.image, layer) or 1
        sides = (box.top // ratio, box.left // ratio, box.bottom // ratio, box.right // ratio)
        cut = Box(*sides).cut(layer)
        fits = slot == "kept" or ratio == 1
        size = (box.height, box.width)
        layers[slot] = cut if fits else resized(cut, size, smooth=slot == "alpha")
    return whole.replace(image=image, **layers)


def stripes(
    whole: Whole,
    segment: Segment,
    side: int,
    unit: int,
    chain: Callable[[Sequence[Box]], Batch],
    batch: int,
    helpers: int = 1,
) -> Iterator[Tensor]:
    """Yield what the segment makes of a picture, as full-width stripes from top to bottom.

    Args:
        whole: the picture.
        segment: steps with a halo.
        side: longest side of a tile's core in pixels.
        unit: where tiles may start.
        chain: what the segment makes of the pieces under some boxes.
        batch: most pieces in one call.
        helpers: threads that compute pieces; more than one only where nothing else is computed.

    Shape:
        (C, rows, width), on the CPU.
    """
    halo = segment.halo or 0
    # Where each pixel stands alone there is no seam to blend.
    blend = {} if halo else {"overlap": 0}
    tiles = plan_tiles(*size_of(whole), max(side, segment.least), halo, unit, **blend)
    return stitch(tiles, _results(_calls(tiles, batch), chain, helpers), segment.scale)


def _calls(tiles: Sequence[Tile], batch: int) -> Iterator[list[Box]]:
    """Yield what is computed in one call: consecutive pieces of one size."""
    for _, alike in groupby(tiles, key=lambda tile: (tile.read.height, tile.read.width)):
        queue = iter(alike)
        while some := [tile.read for tile in islice(queue, batch)]:
            yield some


def _results(
    calls: Iterator[list[Box]], chain: Callable[[Sequence[Box]], Batch], helpers: int
) -> Iterator[Tensor]:
    def compute(boxes: list[Box]) -> Tensor:
        return chain(boxes).image.cpu()

    if helpers == 1:
        for boxes in calls:
            yield from compute(boxes)
        return
    with intra_op_threads(1):
        for made in ahead(compute, calls, helpers, helpers + 1):
            yield from made


def with_image(whole: Whole, image: Tensor) -> Batch:
    """Return a picture as floats on the CPU, with another image and the slots that it has."""
    if isinstance(whole, Frame):
        beside = whole.replace(image=whole.image[:1, :1])
        return to_batch([beside], image.device).replace(image=image)
    return whole.replace(image=image)


def settled(batch: Batch) -> Batch:
    """Return a batch whose mask and alpha have the image's size, as steps expect them."""
    size = (batch.image.shape[-2], batch.image.shape[-1])

    def fitted(value: Tensor | None, smooth: bool) -> Tensor | None:
        if value is None or tuple(value.shape[-2:]) == size:
            return value
        return resized(value, size, smooth)

    return batch.replace(mask=fitted(batch.mask, False), alpha=fitted(batch.alpha, True))
