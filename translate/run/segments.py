"""Which consecutive steps can share one cut into tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from translate.run.chain import Loaded
from translate.run.results import Size


@dataclass(frozen=True, slots=True)
class Segment:
    """Steps that run on one piece of picture after the other, without a whole one in between."""

    steps: tuple[Loaded, ...]
    halo: int | None
    """Pixels of the segment's input; None = the whole picture at once."""
    unit: int = 1
    """Tiles start at multiples of it."""
    scale: int = 1
    """Pixels of the result along a side for one of the input."""

    @property
    def heavy(self) -> bool:
        """Whether one of the steps is a network."""
        return any(step.contract.heavy for step in self.steps)

    @property
    def least(self) -> int:
        """Side that a tile needs at least."""
        return max(self.unit, *(step.contract.min_size for step in self.steps))


def segments(steps: Sequence[Loaded], size: Size) -> list[Segment]:
    """Return the steps as segments, for a picture of `size`.

    The halo of a segment is the sum of its steps' halos, each in pixels of the segment's input.
    """
    found: list[Segment] = []
    for step in steps:
        alone = _alone(step, size)
        joined = _joined(found[-1], alone) if found else None
        found[-1:] = [joined] if joined else [*found[-1:], alone]
        size = step.stage.output_size(*size)
    return found


def _alone(step: Loaded, size: Size) -> Segment:
    contract = step.contract
    scale = _scale(step, size)
    # What a step gives besides the image would have to be joined from tiles too: it is not worth
    # it, since such steps (masks, kept pictures) cost little memory.
    if contract.halo is None or scale is None or set(contract.gives) != {"image"}:
        return Segment((step,), None)
    return Segment((step,), contract.halo, contract.multiple_of, scale)


def _scale(step: Loaded, size: Size) -> int | None:
    """Return the whole-number factor of a step that treats any piece as it treats the picture."""
    unit = step.contract.multiple_of
    factor = max(1, step.stage.output_size(*size)[0] // max(1, size[0]))
    probes = (size, (unit, 3 * unit), (7 * unit, 2 * unit))
    exact = all(
        tuple(step.stage.output_size(*probe)) == (probe[0] * factor, probe[1] * factor)
        for probe in probes
    )
    return factor if exact else None


def _joined(first: Segment, second: Segment) -> Segment | None:
    if first.halo is None and second.halo is None:
        return Segment(first.steps + second.steps, None)
    if first.halo is None or second.halo is None:
        return None
    scale = first.scale
    return Segment(
        first.steps + second.steps,
        first.halo + math.ceil(second.halo / scale),
        math.lcm(first.unit, second.unit // math.gcd(second.unit, scale)),
        scale * second.scale,
    )
