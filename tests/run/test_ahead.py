from __future__ import annotations

import threading
import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate.run.ahead import ahead, grouped


def test_order_is_kept_whatever_takes_longest() -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number

    assert list(ahead(work, range(20), workers=4, depth=6)) == list(range(20))


def test_no_more_than_depth_are_begun_ahead() -> None:
    begun: list[int] = []
    results = ahead(lambda n: begun.append(n) or n, count(), workers=2, depth=5)
    for number in range(10):
        assert next(results) == number
        assert max(begun, default=0) < number + 5
    results.close()


def test_interrupt_begins_nothing_more_and_waits_for_what_runs() -> None:
    gate, begun, ended = threading.Event(), [], []

    def work(number: int) -> int:
        begun.append(number)
        if number:
            gate.wait(5)
        ended.append(number)
        return number

    results = ahead(work, range(100), workers=2, depth=20, give_up=gate.set)
    assert next(results) == 0
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())
    assert sorted(begun) == sorted(ended)
    assert len(begun) <= 4


def test_error_of_an_item_reaches_the_consumer() -> None:
    def work(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        list(ahead(work, [1, 0, 2], workers=1, depth=2))


@given(st.lists(st.integers(0, 9)), st.integers(1, 4), st.integers(1, 3))
def test_groups_hold_what_is_alike_and_lose_nothing(
    items: list[int], size: int, most_open: int
) -> None:
    groups = list(grouped(items, lambda n: n % 5, lambda: size, most_open))
    assert sorted(n for group in groups for n in group) == sorted(items)
    assert all(len({n % 5 for n in group}) == 1 and len(group) <= size for group in groups)


def test_oldest_group_is_given_out_when_many_are_open() -> None:
    groups = grouped([1, 2, 3, 1], lambda n: n, lambda: 2, most_open=2)
    assert next(groups) == [1]
