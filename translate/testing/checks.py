"""The promises, one function each: yields what is wrong, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from translate.batch import Batch
from translate.images.tiles import Tile, plan_tiles, stitch
from translate.testing.bench import Bench

if TYPE_CHECKING:
    from torch import Tensor

TIES = 2e-3
"""Share of values that may differ between tiles and whole: the last bit can tip a threshold."""
FAR = 8.0
"""Values further than this outside [0, 1] are of another range; the core clamps nearer ones."""


def says_what_it_does(bench: Bench) -> Iterator[str]:
    """It has a docstring, its parameters have descriptions."""
    kind = type(bench.loaded.stage)
    if not (kind.__dict__.get("__doc__") or "").strip():
        yield "the class has no docstring, and that is its help"
    for name, parameter in kind.model_fields.items():
        if not parameter.description:
            yield f"parameter '{name}' has no description: Field(..., description=...)"
    if "float32" not in bench.loaded.contract.precisions:
        yield "contract.precisions lacks float32, in which every stage must run"


def gives_what_it_declares(bench: Bench) -> Iterator[str]:
    """Channels, size and slots are those of contract and output_size."""
    contract = bench.loaded.contract
    size = bench.loaded.stage.output_size(*bench.size)
    for channels in contract.channels:
        before = bench.batch(bench.size, channels, items=2)
        after = bench.apply(before)
        promised = (2, contract.channels_out or channels, *size)
        if tuple(after.image.shape) != promised:
            yield f"promised a picture of shape {promised}, gave {tuple(after.image.shape)}"
        for slot in ("mask", "reference", "kept"):
            had, has = getattr(before, slot) is not None, getattr(after, slot) is not None
            if slot in contract.gives and not has:
                yield f"contract.gives has '{slot}', the result has none"
            if slot not in contract.gives and has > had:
                yield f"the result has a {slot} that contract.gives does not name"
        if (after.keys, after.seeds) != (before.keys, before.seeds):
            yield "keys or seeds are not the input's: return batch.replace(image=...)"


def gives_pictures(bench: Bench) -> Iterator[str]:
    """Values are finite float32 in the range of pictures, on the device."""
    import torch

    contract = bench.loaded.contract
    side = -(-max(32, contract.min_size) // contract.multiple_of) * contract.multiple_of
    # the loaded function itself: the core would clamp
    result = bench.loaded.run(bench.batch((side, side)))
    for slot in ("image", "mask"):
        value = getattr(result, slot)
        if value is None:
            continue
        if value.dtype != torch.float32 or value.device.type != torch.device(bench.device).type:
            yield f"the {slot} is {value.dtype} on {value.device}: keep float32 on its device"
        if not value.isfinite().all():
            yield f"the {slot} has values that are not finite"
        low, high = value.min().item(), value.max().item()
        if low < -FAR or high > 1 + FAR:
            yield f"the {slot} runs from {low:.3g} to {high:.3g}; values are in [0, 1]"


def leaves_its_input_alone(bench: Bench) -> Iterator[str]:
    """No tensor that it is given is changed."""
    batch = bench.batch(bench.size)
    given = {
        slot: v
        for slot in ("image", "mask", "reference", "alpha", "kept")
        if (v := getattr(batch, slot)) is not None
    }
    before = {slot: value.clone() for slot, value in given.items()}
    bench.apply(batch)
    for slot, value in given.items():
        if not value.equal(before[slot]):
            yield f"it changes the {slot} that it was given: work on a copy"


def does_the_same_again(bench: Bench) -> Iterator[str]:
    """The same seed gives the same picture; torch's own generator plays no part."""
    import torch

    batch = bench.batch(bench.size)
    torch.manual_seed(1)
    first = bench.apply(batch)
    torch.manual_seed(2)
    yield from bench.gap("twice with the same seed", first, bench.apply(batch))


def treats_each_picture_alone(bench: Bench) -> Iterator[str]:
    """A picture in a batch of three comes out as it does alone."""
    batch = bench.batch(bench.size, items=3)
    alone = Batch.stack([bench.apply(item) for item in batch.split()])
    yield from bench.gap("a batch of 3 and 3 of 1", bench.apply(batch), alone, ties=TIES)


def survives_odd_sizes(bench: Bench) -> Iterator[str]:
    """Pictures of a pixel, a line and odd sizes come out in the promised size."""
    for size in ((1, 1), (1, 9), (7, 3)):
        image = bench.apply(bench.batch(size)).image
        promised = bench.loaded.stage.output_size(*size)
        if tuple(image.shape[-2:]) != promised:
            yield f"a picture of {size} becomes {tuple(image.shape[-2:])}, not {promised}"


def is_the_same_in_tiles(bench: Bench) -> Iterator[str]:
    """Where it has a halo, tiles join to the whole picture."""
    contract = bench.loaded.contract
    if contract.halo is None:
        return
    # tall enough that the middle tile sees neither edge, as far as that is cheap
    height, width = max(bench.size[0], min(2 * contract.halo + 96, 400)), max(bench.size[1], 40)
    tall, wide = bench.loaded.stage.output_size(height, width)
    scale = tall // height
    if (tall, wide) != (height * scale, width * scale):
        yield f"it has a halo, but {height} x {width} becomes {tall} x {wide}: no whole factor"
    batch = bench.batch((height, width))
    tiles = plan_tiles(height, width, 32, contract.halo, contract.multiple_of)
    pieces = [bench.apply(_under(tile, batch)) for tile in tiles]
    whole = bench.apply(batch)
    joined = {
        slot: _joined(tiles, [getattr(piece, slot) for piece in pieces], scale)
        for slot in ("image", "mask")
        if getattr(whole, slot) is not None
    }
    yield from bench.gap("tiles and the whole picture", whole.replace(**joined), whole, ties=TIES)


CHECKS: tuple[Callable[[Bench], Iterator[str]], ...] = (
    says_what_it_does,
    gives_what_it_declares,
    gives_pictures,
    leaves_its_input_alone,
    does_the_same_again,
    treats_each_picture_alone,
    survives_odd_sizes,
    is_the_same_in_tiles,
)


def _under(tile: Tile, batch: Batch) -> Batch:
    """Return the part of a batch of one that a tile reads, at its place."""
    slots = ("image", "mask", "alpha", "kept")
    cuts = {s: tile.read.cut(v) for s in slots if (v := getattr(batch, s)) is not None}
    return batch.replace(origins=((tile.read.top, tile.read.left),), **cuts)


def _joined(tiles: tuple[Tile, ...], pieces: Iterable[Tensor], scale: int) -> Tensor:
    import torch

    return torch.cat(list(stitch(tiles, pieces, scale)), dim=-2)
