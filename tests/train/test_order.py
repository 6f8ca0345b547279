from hypothesis import given
from hypothesis import strategies as st

from translate.train.order import place


@given(st.integers(1, 50), st.integers(0, 2**31), st.integers(0, 4))
def test_each_epoch_holds_every_picture_once(count: int, seed: int, epoch: int) -> None:
    places = [place(epoch * count + i, count, seed) for i in range(count)]
    assert sorted(index for index, _ in places) == list(range(count))
    assert {found for _, found in places} == {epoch}


def test_epochs_seeds_and_salts_differ() -> None:
    def order(seed: int, epoch: int, salt: str = "") -> list[int]:
        return [place(epoch * 100 + i, 100, seed, salt)[0] for i in range(100)]

    orders = [order(0, 0), order(0, 1), order(1, 0), order(0, 0, "others")]
    assert len({tuple(o) for o in orders}) == 4
    assert order(0, 0) == orders[0]
