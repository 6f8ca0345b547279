"""Items as batches: decoded once, cached in memory, cropped anew in each epoch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from torch import Tensor

from translate.batch import Batch, seed_for
from translate.train.layout import Item, Part
from translate.train.order import place
from translate.train.pictures import Geometry, crop, read, to_float

T = TypeVar("T")
R = TypeVar("R")
MakeInput = Callable[[Tensor, str], Tensor]
"""Makes the input from a whole target and its key; (C, H, W) in [0, 1], of the same size."""


@dataclass
class Pictures:
    """Reads what an item holds; keeps it decoded until `budget` bytes are used."""

    geometry: Geometry
    budget: int = 0
    make_input: MakeInput | None = None
    used: int = 0
    kept: dict[Item, tuple[Tensor, ...]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, item: Item) -> tuple[Tensor, ...]:
        """Return (image,) or (image, reference) of an item, as integers (C, H, W).

        Raises:
            InputError: a file cannot be read.
        """
        found = self.kept.get(item)
        if found is not None:
            return found
        loaded = self._load(item)
        size = sum(picture.nbytes for picture in loaded)
        with self.lock:
            if self.used + size <= self.budget and item not in self.kept:
                self.kept[item] = loaded
                self.used += size
        return loaded

    def _load(self, item: Item) -> tuple[Tensor, ...]:
        image = read(item.image, self.geometry)
        if item.reference is None:
            return (image,)
        if self.make_input is not None:
            made = self.make_input(to_float([image], image.shape[0])[0], item.key)
            return made.mul(255).round_().clamp_(0, 255).byte(), image
        return image, read(item.reference, self.geometry)


@dataclass(frozen=True)
class Stream:
    """An endless shuffled stream of the items of a part, addressed by position."""

    pictures: Pictures
    part: Part
    channels: tuple[int, int]
    seed: int

    def batch(self, position: int, count: int) -> Batch:
        """Return the `count` items from `position` on, each cropped and flipped by its own draw."""
        total = len(self.part.items)
        drawn = [place(p, total, self.seed) for p in range(position, position + count)]
        items = [self.part.items[index] for index, _ in drawn]
        seeds = [
            seed_for(self.seed, "item", item.key, epoch)
            for item, (_, epoch) in zip(items, drawn, strict=True)
        ]
        groups = [
            crop(list(self.pictures.get(item)), self.pictures.geometry, Random(seed))
            for item, seed in zip(items, seeds, strict=True)
        ]
        if self.part.others:
            others = self._others(position, count)
            groups = [[mine[0], other] for mine, other in zip(groups, others, strict=True)]
        return collate(items, seeds, groups, self.channels)

    def _others(self, position: int, count: int) -> list[Tensor]:
        total = len(self.part.others)
        found = []
        for p in range(position, position + count):
            index, epoch = place(p, total, self.seed, "others")
            item = self.part.others[index]
            draw = Random(seed_for(self.seed, "other", item.key, epoch))
            found += crop(list(self.pictures.get(item)), self.pictures.geometry, draw)
        return found


def held_out(pictures: Pictures, part: Part, channels: tuple[int, int], size: int) -> list[Batch]:
    """Return the items of a part in order, in batches of `size` or of one shape."""
    groups = [crop(list(pictures.get(item)), pictures.geometry, None) for item in part.items]
    if part.others:
        others = [crop(list(pictures.get(item)), pictures.geometry, None) for item in part.others]
        groups = [[a[0], b[0]] for a, b in zip(groups, others, strict=False)]
    batches, start = [], 0
    while start < len(groups):
        shape = groups[start][0].shape[-2:]
        end = start + 1
        while end < min(start + size, len(groups)) and groups[end][0].shape[-2:] == shape:
            end += 1
        items = part.items[start:end]
        seeds = [seed_for("held-out", item.key) for item in items]
        batches.append(collate(items, seeds, groups[start:end], channels))
        start = end
    return batches


def collate(
    items: Sequence[Item],
    seeds: Sequence[int],
    groups: Sequence[Sequence[Tensor]],
    channels: tuple[int, int],
) -> Batch:
    """Stack the pictures of items as a batch on the CPU."""
    columns = [list(column) for column in zip(*groups, strict=True)]
    prompts = tuple(item.prompt for item in items)
    return Batch(
        image=to_float(columns[0], channels[0]),
        keys=tuple(item.key for item in items),
        seeds=tuple(seeds),
        reference=to_float(columns[1], channels[1]) if len(columns) > 1 else None,
        prompts=prompts if any(prompts) else None,
    )


def ahead(work: Callable[[T], R], tasks: Iterator[T], threads: int, depth: int) -> Iterator[R]:
    """Yield `work(task)` in order, up to `depth` of them computed in threads ahead of need."""
    with ThreadPoolExecutor(threads, thread_name_prefix="data") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
