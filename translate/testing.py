"""The conformance kit: does a stage keep the promises that the core and its users lean on?

from translate.testing import conform

def test_sepia_keeps_its_promises():
    conform(Sepia(strength=0.6))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from translate.batch import Batch, noise_field, seed_for
from translate.errors import InputError
from translate.images.tiles import Tile, plan_tiles, stitch
from translate.run.chain import Loaded, apply
from translate.stage import Context, Stage
from translate.weights import Store

if TYPE_CHECKING:
    from torch import Tensor

    from translate.generator import Generator

_TENSORS = ("image", "mask", "reference", "alpha", "kept")
_TIES = 2e-3
"""Share of values that may differ between tiles and whole: the last bit can tip a threshold."""
_FAR = 8.0
"""Values further than this outside [0, 1] are of another range; the core clamps nearer ones."""


class ConformanceError(AssertionError):
    """A stage breaks a promise; the message says which one, and by how much."""


def conform(
    stage: Stage,
    *,
    size: tuple[int, int] = (45, 61),
    device: str = "cpu",
    tolerance: float = 1e-4,
    store: Store | None = None,
    generators: Mapping[str, Generator] | None = None,
) -> None:
    """Load `stage`, run it on made-up pictures as the core does, and compare.

    Checked are: a docstring, and descriptions of the parameters; slots, channels and size as
    declared; finite values in the range of pictures; inputs left untouched; the same picture
    again for the same seed, alone and in a batch; tiles that join to the whole picture, where
    the contract has a halo; pictures of one pixel and of odd sizes.

    Args:
        stage: What is checked, with the parameters that it shall run with.
        size: Height and width of the pictures; odd ones find more.
        device: Where it runs.
        tolerance: Largest difference of a value between two runs that should agree.
        store: Where weights are found, for a stage that opens some.
        generators: Networks by name, for a stage that takes one.

    Raises:
        ConformanceError: a promise is broken.
    """
    import torch

    store = store or Store()
    context = Context(torch.device(device), torch.float32, store, generators or {})
    loaded = Loaded(stage, stage.contract(store), stage.load(context))
    bench = _Bench(loaded, size, device, tolerance)
    with torch.no_grad():
        for check in _CHECKS:
            try:
                problem = next(check(bench), None)
            except InputError as error:
                problem = str(error)
            if problem:
                raise ConformanceError(f"stage '{stage.name}': {problem}")


@dataclass(frozen=True, slots=True)
class _Bench:
    """A loaded stage, and what it is tried with."""

    loaded: Loaded
    size: tuple[int, int]
    device: str
    tolerance: float

    @property
    def channels(self) -> int:
        return self.loaded.contract.channels[-1]

    def apply(self, batch: Batch) -> Batch:
        return apply(self.loaded, batch)

    def batch(self, size: tuple[int, int], channels: int = 0, items: int = 1) -> Batch:
        """Return made-up pictures, with every slot that the stage needs."""
        needs = self.loaded.contract.needs
        height, width = size
        keys = tuple(f"{i}.png" for i in range(items))

        def slot(name: str, make: Callable[[int], Tensor]) -> Tensor | None:
            return _stack(make(i) for i in range(items)) if name in needs else None

        return Batch(
            _stack(_picture(channels or self.channels, height, width, i) for i in range(items)),
            keys,
            tuple(seed_for("conform", key) for key in keys),
            mask=slot("mask", lambda i: (_picture(1, height, width, i + 50) > 0.6).float()),
            alpha=slot("alpha", lambda i: _picture(1, height, width, i + 60)),
            reference=slot("reference", lambda i: _picture(3, height // 2 + 1, width + 2, i + 70)),
            kept=slot("kept", lambda i: _picture(3, height, width, i + 80)),
            prompts=keys if "prompts" in needs else None,
        ).to(self.device)

    def gap(self, what: str, one: Batch, other: Batch, ties: float = 0.0) -> Iterator[str]:
        """Yield a message for a tensor of two results that differs."""
        for slot in ("image", "mask"):
            a, b = getattr(one, slot), getattr(other, slot)
            if a is None or b is None or a.shape != b.shape:
                if a is not b:
                    yield f"{what}: the {slot} is of another shape"
                continue
            apart = (a - b).abs()
            share = (apart > self.tolerance).float().mean().item()
            if share > ties:
                yield (
                    f"{what}: {share:.1%} of the {slot}'s values differ, by up to "
                    f"{apart.max().item():.2g} (allowed: {self.tolerance:.2g})"
                )


def _says_what_it_does(bench: _Bench) -> Iterator[str]:
    kind = type(bench.loaded.stage)
    if not (kind.__dict__.get("__doc__") or "").strip():
        yield "the class has no docstring, and that is its help"
    for name, parameter in kind.model_fields.items():
        if not parameter.description:
            yield f"parameter '{name}' has no description: Field(..., description=...)"
    if "float32" not in bench.loaded.contract.precisions:
        yield "contract.precisions lacks float32, in which every stage must run"


def _gives_what_it_declares(bench: _Bench) -> Iterator[str]:
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


def _gives_pictures(bench: _Bench) -> Iterator[str]:
    import torch

    # the loaded function itself: `apply` would clamp
    contract = bench.loaded.contract
    side = max(contract.multiple_of, -(-contract.min_size // contract.multiple_of), 32)
    side = -(-max(side, contract.min_size) // contract.multiple_of) * contract.multiple_of
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
        if low < -_FAR or high > 1 + _FAR:
            yield f"the {slot} runs from {low:.3g} to {high:.3g}; values are in [0, 1]"


def _leaves_its_input_alone(bench: _Bench) -> Iterator[str]:
    batch = bench.batch(bench.size)
    given = {slot: v for slot in _TENSORS if (v := getattr(batch, slot)) is not None}
    before = {slot: value.clone() for slot, value in given.items()}
    bench.apply(batch)
    for slot, value in given.items():
        if not value.equal(before[slot]):
            yield f"it changes the {slot} that it was given: work on a copy"


def _does_the_same_again(bench: _Bench) -> Iterator[str]:
    import torch

    batch = bench.batch(bench.size)
    torch.manual_seed(1)
    first = bench.apply(batch)
    torch.manual_seed(2)
    yield from bench.gap("twice with the same seed", first, bench.apply(batch))


def _treats_each_picture_alone(bench: _Bench) -> Iterator[str]:
    batch = bench.batch(bench.size, items=3)
    alone = Batch.stack([bench.apply(item) for item in batch.split()])
    yield from bench.gap("a batch of 3 and 3 of 1", bench.apply(batch), alone, ties=_TIES)


def _survives_odd_sizes(bench: _Bench) -> Iterator[str]:
    for size in ((1, 1), (1, 9), (7, 3)):
        image = bench.apply(bench.batch(size)).image
        promised = bench.loaded.stage.output_size(*size)
        if tuple(image.shape[-2:]) != promised:
            yield f"a picture of {size} becomes {tuple(image.shape[-2:])}, not {promised}"


def _is_the_same_in_tiles(bench: _Bench) -> Iterator[str]:
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
    yield from bench.gap("tiles and the whole picture", whole.replace(**joined), whole, ties=_TIES)


_CHECKS: tuple[Callable[[_Bench], Iterator[str]], ...] = (
    _says_what_it_does,
    _gives_what_it_declares,
    _gives_pictures,
    _leaves_its_input_alone,
    _does_the_same_again,
    _treats_each_picture_alone,
    _survives_odd_sizes,
    _is_the_same_in_tiles,
)


def _under(tile: Tile, batch: Batch) -> Batch:
    """Return the part of a batch of one that a tile reads, at its place."""
    slots = ("image", "mask", "alpha", "kept")
    cuts = {s: tile.read.cut(v) for s in slots if (v := getattr(batch, s)) is not None}
    return batch.replace(origins=((tile.read.top, tile.read.left),), **cuts)


def _joined(tiles: tuple[Tile, ...], pieces: Iterable[Tensor], scale: int) -> Tensor:
    import torch

    return torch.cat(list(stitch(tiles, pieces, scale)), dim=-2)


def _stack(pictures: Iterable[Tensor]) -> Tensor:
    import torch

    return torch.stack(list(pictures))


def _picture(channels: int, height: int, width: int, seed: int) -> Tensor:
    """Return slopes, an edge and grain, in 8-bit steps: (channels, height, width)."""
    import torch

    rows, columns = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)
    slope = 0.6 * rows * (1 - columns) + 0.25 * torch.sin(9 * columns + 5 * rows + seed).abs()
    edge = 0.3 * ((columns - 0.5) ** 2 + (rows - 0.4) ** 2 < 0.08)
    grain = 0.04 * noise_field(seed_for("picture", seed), channels, height, width)
    tint = torch.tensor([0.0, 0.1, -0.1])[:channels, None, None]
    return ((slope + edge + grain + tint).clamp(0, 1) * 255).round() / 255
