"""The order that pictures are seen in: a function of seed and position, with nothing to save."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from translate.batch import seed_for


@lru_cache(maxsize=8)
def _permutation(count: int, seed: int, epoch: int, salt: str) -> tuple[int, ...]:
    order = list(range(count))
    Random(seed_for(seed, "order", salt, epoch)).shuffle(order)
    return tuple(order)


def place(position: int, count: int, seed: int, salt: str = "") -> tuple[int, int]:
    """Return (index, epoch) of the picture at `position` of an endless shuffled stream.

    Each epoch holds every one of `count` pictures once; batches may span two epochs.
    """
    epoch, offset = divmod(position, count)
    return _permutation(count, seed, epoch, salt)[offset], epoch
