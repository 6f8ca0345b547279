import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate.recipe import Schedule
from translate.train.schedule import Plateau, Rate

KINDS: tuple[Schedule, ...] = ("constant", "linear", "cosine", "step", "plateau")


@given(
    st.sampled_from(KINDS), st.integers(1, 10_000), st.integers(1, 64), st.floats(0, 1), st.data()
)
def test_factors_are_between_zero_and_one_and_never_rise(
    kind: Schedule, images: int, step: int, decay_from: float, data: st.DataObject
) -> None:
    rate = Rate(kind, images, int(images * decay_from), max(1, images // 3))
    seen = data.draw(st.integers(0, images - 1))
    later = data.draw(st.integers(seen, images - 1))
    assert 0 <= rate.at(later, step) <= rate.at(seen, step) <= 1


def test_linear_is_full_until_it_falls_to_nearly_nothing() -> None:
    rate = Rate("linear", images=200, decay_from=100)
    assert [rate.at(seen, 1) for seen in (0, 50, 99)] == [1, 1, 1]
    assert rate.at(150, 1) == pytest.approx(0.5, abs=0.01)
    assert 0 < rate.at(199, 1) < 0.02


def test_linear_follows_the_reference_epoch_by_epoch() -> None:
    """1 - max(0, epoch + 1 - constant) / (decay + 1), when an epoch is one step."""
    rate = Rate("linear", images=20, decay_from=12)
    ours = [rate.at(epoch, 1) for epoch in range(20)]
    assert ours == pytest.approx([1 - max(0, epoch + 1 - 12) / (8 + 1) for epoch in range(20)])


def test_cosine_is_half_in_the_middle_and_step_a_tenth() -> None:
    assert Rate("cosine", 100).at(50, 1) == pytest.approx(0.5)
    assert Rate("step", 100, decay_every=30).at(65, 1) == pytest.approx(0.01)


def test_warmup_rises_to_the_schedule() -> None:
    rate = Rate("constant", 1000, warmup=100)
    assert [rate.at(seen, 10) for seen in (0, 40, 90, 500)] == pytest.approx([0.1, 0.5, 1, 1])


def test_plateau_falls_after_six_looks_without_gain() -> None:
    plateau = Plateau("min")
    for value in [1.0, 0.5] + [0.5] * 5:
        plateau.update(value)
    assert plateau.factor == 1
    plateau.update(0.499)
    assert plateau.factor == pytest.approx(0.2)


def test_plateau_counts_anew_after_a_gain_and_survives_a_save() -> None:
    plateau = Plateau("max")
    for value in (10.0, 10.0, 10.0, 12.0, 12.0):
        plateau.update(value)
    twin = Plateau("max")
    twin.load_state_dict(plateau.state_dict())
    for value in [12.0] * 5:
        twin.update(value)
    assert (plateau.bad, twin.factor) == (1, pytest.approx(0.2))
