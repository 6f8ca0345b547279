"""The data of one run, read and checked."""

from __future__ import annotations

from dataclasses import dataclass

from translate.batch import Batch
from translate.recipe import DataKind
from translate.train.check import channels_of, require, size_of, survey
from translate.train.dataset import MakeInput, Pictures, Stream, held_out
from translate.train.events import Checked
from translate.train.layout import Part, find
from translate.train.pictures import Geometry
from translate.train.settings import Settings, size_in_bytes

_HELD_OUT_BATCH = 8
_MOST_HELD_OUT = 256


@dataclass(frozen=True)
class Data:
    """What a run learns from, and what it is measured on."""

    stream: Stream
    held_out: tuple[Batch, ...]
    shown: tuple[Batch, ...]
    """Held-out batches, or where nothing is held out the first ones trained on, to look at."""
    channels: tuple[int, int]
    size: tuple[int, int]
    checked: Checked


def load(kind: DataKind, settings: Settings, make_input: MakeInput | None = None) -> Data:
    """Read everything once; leave out what cannot be used.

    Raises:
        UsageError: what is left is not enough to train on.
    """
    found = find(kind, settings)
    pictures = Pictures(Geometry.of(settings), size_in_bytes(settings.cache), make_input)
    measured = Pictures(Geometry.of(settings, held_out=True), make_input=make_input)
    train, survey_of_train = survey(pictures, found.train, settings.threads)
    held, survey_of_held = survey(measured, _limited(found.held_out), settings.threads)
    if settings.overfit:
        train = Part(train.items[: settings.overfit], train.others[: settings.overfit])
        held = train
    require(kind, train, settings)
    channels, notes = channels_of(survey_of_train, settings)
    stream = Stream(pictures, train, channels, settings.seed)
    batches = tuple(held_out(measured, held, channels, _HELD_OUT_BATCH))
    first = Part(train.items[: settings.samples], train.others[: settings.samples])
    shown = batches or tuple(held_out(measured, first, channels, _HELD_OUT_BATCH))
    problems = (*found.problems, *survey_of_train.problems, *survey_of_held.problems)
    return Data(
        stream,
        batches,
        shown,
        channels,
        size_of(survey_of_train, train, settings),
        Checked(_counts(train), _counts(held), problems, tuple(notes)),
    )


def _limited(part: Part) -> Part:
    return Part(part.items[:_MOST_HELD_OUT], part.others[:_MOST_HELD_OUT])


def _counts(part: Part) -> tuple[int, int]:
    return len(part.items), len(part.others)
