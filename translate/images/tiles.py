"""Cut a picture that is too large for one piece, and join the results without seams.

A tile has three boxes, one inside the other. Its *core* is its share of the picture: cores are
disjoint and cover everything. Its *keep* box reaches half an overlap over into its neighbours,
and there the results of both are mixed by a linear ramp. Its *read* box is what is computed: the
keep box and `halo` pixels around it. So every pixel that is kept has its whole surroundings, and
where `halo` is as wide as a result's receptive field the joined picture equals the uncut one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_OVERLAP = 16


@dataclass(frozen=True, slots=True)
class Box:
    """Rows [top, bottom) and columns [left, right)."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    def scaled(self, factor: int) -> Box:
        """Return the same place in a picture `factor` times as large."""
        return Box(self.top * factor, self.left * factor, self.bottom * factor, self.right * factor)

    def within(self, outer: Box) -> Box:
        """Return the same place counted from the top left corner of `outer`."""
        top, left = outer.top, outer.left
        return Box(self.top - top, self.left - left, self.bottom - top, self.right - left)

    def cut(self, image: Tensor) -> Tensor:
        """Return the view of `image` (..., H, W) that lies under the box."""
        return image[..., self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Tile:
    """One piece of a picture: core inside keep inside read, all within the picture."""

    core: Box
    keep: Box
    read: Box


@dataclass(frozen=True, slots=True)
class _Span:
    """A tile along one axis: [start, stop) of its core, keep and read boxes."""

    core: tuple[int, int]
    keep: tuple[int, int]
    read: tuple[int, int]


def plan_tiles(
    height: int, width: int, tile: int, halo: int, multiple_of: int = 1, overlap: int = _OVERLAP
) -> tuple[Tile, ...]:
    """Return the tiles of a picture, row by row; a single one where it is no larger than `tile`.

    Args:
        height: Rows of the picture, at least 1.
        width: Columns, at least 1.
        tile: Longest side of a core. Cores are cut evenly, so no sliver is left at an edge.
        halo: Pixels of surroundings that a result depends on, rounded up to `multiple_of`.
        multiple_of: Every box starts at a multiple of it, so that a network that shrinks its
            input meets the same grid as in the whole picture.
        overlap: Width of the ramp between two tiles; narrower where tiles are small.
    """
    if min(height, width, tile, multiple_of) < 1 or min(halo, overlap) < 0:
        raise ValueError("height, width, tile and multiple_of start at 1, halo and overlap at 0")
    rows = _spans(height, tile, halo, multiple_of, overlap)
    columns = _spans(width, tile, halo, multiple_of, overlap)
    return tuple(
        Tile(
            Box(row.core[0], column.core[0], row.core[1], column.core[1]),
            Box(row.keep[0], column.keep[0], row.keep[1], column.keep[1]),
            Box(row.read[0], column.read[0], row.read[1], column.read[1]),
        )
        for row in rows
        for column in columns
    )


def _spans(length: int, tile: int, halo: int, unit: int, overlap: int) -> list[_Span]:
    units = -(-length // unit)
    count = -(-units // max(1, tile // unit))
    edges = [min(length, units * i // count * unit) for i in range(count + 1)]
    shortest = min((b - a for a, b in pairwise(edges)), default=length)
    reach = min(overlap, shortest) // 2 // unit * unit
    margin = -(-halo // unit) * unit

    def grown(start: int, stop: int, by: int) -> tuple[int, int]:
        return max(0, start - by), min(length, stop + by)

    return [
        _Span((a, b), grown(a, b, reach), grown(a, b, reach + margin)) for a, b in pairwise(edges)
    ]


def ramp(keep: tuple[int, int], core: tuple[int, int], scale: int = 1) -> list[float]:
    """Return the weight of each kept row (or column); those of neighbours add up to 1.

    Args:
        keep: [start, stop) of the keep box along one axis.
        core: [start, stop) of the core.
        scale: How many pixels of the result stand for one of the picture.
    """
    before, after = ((core[0] - keep[0]) * 2 * scale, (keep[1] - core[1]) * 2 * scale)
    weights = [1.0] * ((keep[1] - keep[0]) * scale)
    for i in range(before):
        weights[i] = (i + 0.5) / before
    for i in range(after):
        weights[-1 - i] = (i + 0.5) / after
    return weights


def stitch(tiles: Sequence[Tile], results: Iterable[Tensor], scale: int = 1) -> Iterator[Tensor]:
    """Join what was computed from each tile's read box; yield the picture from top to bottom.

    Results are taken one by one in the order of `tiles`, and rows are given out as soon as no
    later tile can reach them: a picture of any height needs the memory of one row of tiles.

    Args:
        tiles: What `plan_tiles` returned.
        results: Each of its tile's read box times `scale`.
        scale: Whole-number factor between the picture and the result.

    Yields:
        Stripes of the result's full width whose heights add up to its height.

    Shape:
        results: (..., h * scale, w * scale). Stripes: (..., rows, width * scale).
    """
    pending = iter(results)
    carry: Tensor | None = None
    for _, row in groupby(tiles, key=lambda tile: tile.core.top):
        line = list(row)
        band = _band(line, pending, scale)
        if carry is not None:
            band[..., : carry.shape[-2], :] += carry
        keep, core = line[0].keep, line[0].core
        # the next row of tiles reaches as far up as this one reaches down
        done = (2 * core.bottom - keep.bottom - keep.top) * scale
        carry = band[..., done:, :].clone()
        yield band[..., :done, :]


def _band(line: Sequence[Tile], results: Iterator[Tensor], scale: int) -> Tensor:
    """Join one row of tiles, each weighted towards the tiles on all its sides."""
    band: Tensor | None = None
    for tile in line:
        piece = _weighted(tile, next(results), scale)
        if band is None:
            band = piece.new_zeros((*piece.shape[:-1], line[-1].core.right * scale))
        keep = tile.keep.scaled(scale)
        band[..., keep.left : keep.right] += piece
    if band is None:
        raise ValueError("a row of tiles is never empty")
    return band


def _weighted(tile: Tile, result: Tensor, scale: int) -> Tensor:
    keep, core = tile.keep, tile.core
    rows = ramp((keep.top, keep.bottom), (core.top, core.bottom), scale)
    columns = ramp((keep.left, keep.right), (core.left, core.right), scale)
    piece = keep.within(tile.read).scaled(scale).cut(result)
    return piece * piece.new_tensor(rows)[:, None] * piece.new_tensor(columns)


def pad_to(image: Tensor, multiple_of: int = 1, min_size: int = 1) -> Tensor:
    """Return `image` grown at the bottom and right to a size that a network takes.

    The margin mirrors the picture (without repeating its edge) and mirrors again where the
    picture is smaller than the margin; a side of one pixel is repeated. The top left corner
    stays where it is, so tiles and the whole picture are padded alike.

    Shape:
        (B, C, H, W) -> (B, C, H', W'), both sides multiples of `multiple_of` and >= `min_size`.
    """
    from torch.nn import functional

    height, width = image.shape[-2:]
    bottom, right = (
        -(-max(side, min_size) // multiple_of) * multiple_of for side in (height, width)
    )
    while (height, width) != (bottom, right):
        down = min(bottom - height, max(1, height - 1))
        across = min(right - width, max(1, width - 1))
        image = functional.pad(image, (0, across, 0, 0), "reflect" if width > 1 else "replicate")
        image = functional.pad(image, (0, 0, 0, down), "reflect" if height > 1 else "replicate")
        height, width = height + down, width + across
    return image


def crop_to(image: Tensor, height: int, width: int) -> Tensor:
    """Return the top left `height` x `width` pixels: what `pad_to` was given, at any scale."""
    return image[..., :height, :width]
