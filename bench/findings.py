"""What weights make of held-out pictures, measured and shown: the findings of a model card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from translate import Batch, Context, Stage
from translate.measure import Features, frechet_distance
from translate.train.sheet import sheet
from translate.train.validate import as_result, compare

SAMPLES = 24
Make = Callable[..., Stage]
"""Returns the stage with these weights and the given parameters."""
Row = tuple[float | None, float]
"""Of the untouched inputs, where that can be asked, and of the results."""


@dataclass(frozen=True)
class Findings:
    """Held-out pictures and measures."""

    caption: str
    sheet: Tensor
    count: int
    table: Mapping[str, Row]


def paired(
    make: Make, batches: Sequence[Batch], ctx: Context, features: Features | None
) -> Findings:
    """Compare results with their targets."""
    results = [batch.image for batch in run(make(), batches, ctx)]
    inputs, targets = images(batches), references(batches)
    chosen = spread(len(inputs), SAMPLES)
    return Findings(
        "Each triple is input, result, target.",
        sheet([column[chosen] for column in (inputs, torch.cat(results), targets)]),
        len(inputs),
        _compared(batches, results, features),
    )


def unpaired(
    make: Make, batches: Sequence[Batch], ctx: Context, features: Features | None
) -> Findings:
    """Compare the results of both directions with the folder that they should belong to."""
    sides = (images(batches), references(batches))
    table: dict[str, Row] = {}
    shown: list[Tensor] = []
    count = min(map(len, sides))
    for direction, place in (("a2b", 0), ("b2a", 1)):
        there = [batch.replace(image=batch.reference) if place else batch for batch in batches]
        made = run(make(direction=direction, report="error"), there, ctx)
        result, other, way = images(made), sides[1 - place], "A to B" if place == 0 else "B to A"
        if features:
            before, after, wanted = (features.pooled(x) for x in (sides[place], result, other))
            found = frechet_distance(before, wanted), frechet_distance(after, wanted)
            table[f"Fréchet distance of features, {way} ↓"] = found
        errors = [float(row["cycle_error"]) for batch in made for row in batch.info or ()]
        table[f"cycle error, {way} and back ↓"] = None, sum(errors) / len(errors)
        chosen = spread(count, SAMPLES // 2)
        shown += [sides[place][chosen], result[chosen]]
    forth_in, forth, back_in, back = shown
    return Findings(
        "Each pair is input and result: the first half from A to B, the second from B to A.",
        sheet([torch.cat([forth_in, back_in]), torch.cat([forth, back])]),
        2 * count,
        table,
    )


def run(stage: Stage, batches: Sequence[Batch], ctx: Context) -> list[Batch]:
    """Return what the stage makes of each batch, in [0, 1]."""
    translate = stage.load(ctx)
    with torch.no_grad():
        made = [translate(batch) for batch in batches]
    return [batch.replace(image=batch.image.clamp(0, 1)) for batch in made]


def images(batches: Sequence[Batch]) -> Tensor:
    """Return the pictures of all batches as one tensor (N, C, H, W)."""
    return torch.cat([batch.image for batch in batches])


def references(batches: Sequence[Batch]) -> Tensor:
    """Return what lies beside them: targets, or pictures of B."""
    return torch.cat([batch.reference for batch in batches if batch.reference is not None])


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` of `count` numbers, evenly spread."""
    return [i * count // wanted for i in range(wanted)] if count > wanted else list(range(count))


def _compared(
    batches: Sequence[Batch], results: Sequence[Tensor], features: Features | None
) -> dict[str, Row]:
    """Return means over the pictures."""
    sums: dict[str, list[float]] = {}
    count = sum(len(batch) for batch in batches)
    for batch, result in zip(batches, results, strict=True):
        truth = batch.reference
        if truth is None:
            continue
        before = as_result(batch.image, truth)
        for place, picture in ((0, before), (1, result)):
            if picture is None:
                continue
            for name, value in compare(picture, truth, features).items():
                sums.setdefault(name, [0.0, 0.0])[place] += value * len(batch) / count
    return {name: (a, b) for name, (a, b) in sums.items()}
