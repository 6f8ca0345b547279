"""The data is read once, whole, before the first step; what cannot be used is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from translate.errors import InputError, UsageError
from translate.recipe import DataKind
from translate.train.dataset import Pictures, ahead
from translate.train.layout import Item, Part
from translate.train.settings import Settings


@dataclass
class Survey:
    """What the look through a part of the data found."""

    problems: list[str] = field(default_factory=list)
    """One line per picture that is left out."""
    channels: tuple[Counter[int], Counter[int]] = field(
        default_factory=lambda: (Counter(), Counter())
    )
    """How many inputs and targets have so many channels."""
    shapes: set[tuple[int, int]] = field(default_factory=set)
    """Heights and widths, before any crop."""


def survey(pictures: Pictures, part: Part, threads: int) -> tuple[Part, Survey]:
    """Return what can be used of a part, and what was found."""
    found = Survey()
    items = _usable(pictures, part.items, threads, found, 0)
    others = _usable(pictures, part.others, threads, found, 1)
    return Part(tuple(items), tuple(others)), found


def _usable(
    pictures: Pictures, items: Sequence[Item], threads: int, found: Survey, side: int
) -> list[Item]:
    def look(item: Item) -> tuple[Item, str, list[tuple[int, ...]]]:
        try:
            read = pictures.get(item)
        except InputError as error:
            return item, str(error), []
        return item, _mismatch(item, read), [tuple(picture.shape) for picture in read]

    good: list[Item] = []
    for item, problem, shapes in ahead(look, iter(items), threads, 4 * threads):
        if problem:
            found.problems.append(problem)
            continue
        good.append(item)
        for place, (channels, height, width) in enumerate(shapes):
            found.channels[max(side, place)][channels] += 1
            found.shapes.add((height, width))
    return good


def _mismatch(item: Item, read: tuple[Tensor, ...]) -> str:
    if len({picture.shape[-2:] for picture in read}) < 2:
        return ""
    (height, width), (other_height, other_width) = (picture.shape[-2:] for picture in read)
    return (
        f"{item.key}: input and target differ in shape ({width}x{height} and "
        f"{other_width}x{other_height} when resized); --fit pad or stretch would take them"
    )


def require(kind: DataKind, part: Part, settings: Settings) -> None:
    """Refuse to start with nothing to learn from.

    Raises:
        UsageError: no picture, or only one where `--overfit 1` was not asked for.
    """
    sides = [("", part.items)] + ([(" of B", part.others)] if kind == "unpaired" else [])
    for name, items in sides:
        if not items:
            raise UsageError(f"{settings.data}: no usable pictures{name} to train on")
        if len(items) == 1 and settings.overfit != 1:
            raise UsageError(
                f"{settings.data}: only one usable picture{name} to train on; "
                "if that is meant, add --overfit 1"
            )


def channels_of(found: Survey, settings: Settings) -> tuple[tuple[int, int], list[str]]:
    """Return the channels of inputs and targets, and notes on gray pictures among colour.

    Raises:
        UsageError: counts of channels that cannot be brought together.
    """
    if settings.channels != "auto":
        return (int(settings.channels), int(settings.channels)), []
    notes = []
    for name, count in zip(("inputs", "targets"), found.channels, strict=True):
        if len(count) > 1 and set(count) != {1, 3}:
            raise UsageError(f"{name} have {sorted(count)} channels, which do not go together")
        if len(count) > 1:
            notes.append(
                f"{count[1]} of {count.total()} {name} are gray among colour: taken as colour "
                "with three equal channels (--channels 1 trains on gray)"
            )
    first = max(found.channels[0])
    return (first, max(found.channels[1], default=first)), notes


def size_of(found: Survey, part: Part, settings: Settings) -> tuple[int, int]:
    """Return (height, width) of what is trained on.

    Raises:
        UsageError: pictures of several shapes cannot share a batch.
    """
    if settings.preprocess not in ("none", "scale_width"):
        return settings.crop_size, settings.crop_size
    if len(found.shapes) > 1 and (settings.batch > 1 or part.others):
        raise UsageError(
            f"--preprocess {settings.preprocess} leaves pictures of {len(found.shapes)} shapes, "
            "which cannot share a batch: use --batch 1, or a mode that crops"
        )
    return max(found.shapes)
