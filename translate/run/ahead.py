"""Work that is done ahead of the one who asks for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def _nothing() -> None:
    """Do nothing."""


def ahead(
    work: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    depth: int,
    give_up: Callable[[], None] = _nothing,
) -> Iterator[R]:
    """Yield `work(item)` in the order of the items, done by threads up to `depth` items ahead.

    At most `depth` items or results exist at a time. When the consumer stops or is interrupted,
    what has not begun never begins, `give_up` is called, and what runs is waited for.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="translate") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            give_up()
            raise


def grouped(
    items: Iterable[T], alike: Callable[[T], Hashable], size: Callable[[], int], most_open: int = 4
) -> Iterator[list[T]]:
    """Yield lists of items that are alike, each as soon as it is full.

    Args:
        items: what is grouped.
        alike: items with the same answer share a list.
        size: how many fill a list, asked each time.
        most_open: lists that may be waiting to fill; the oldest is given out beyond that.
    """
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        kind = alike(item)
        groups.setdefault(kind, []).append(item)
        if len(groups[kind]) >= size():
            yield groups.pop(kind)
        elif len(groups) > most_open:
            yield groups.pop(next(iter(groups)))
    yield from groups.values()
