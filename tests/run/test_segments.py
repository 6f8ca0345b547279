from __future__ import annotations

import pytest

from translate import Contract
from translate.run.chain import Loaded
from translate.run.segments import segments


@pytest.fixture
def load(stages, store):
    def make(*steps):
        return [Loaded(step, step.contract(store), lambda batch: batch) for step in steps]

    return make


def test_steps_with_a_halo_share_one_cut(load, stages) -> None:
    steps = load(stages.Smear(reach=3, factor=2), stages.Smear(reach=5, multiple=4))
    (part,) = segments(steps, (100, 80))
    assert part.steps == tuple(steps)
    # Five pixels after the first step are two and a half before it; a multiple of 4 is 2.
    assert (part.halo, part.unit, part.scale) == (3 + 3, 2, 2)


def test_unit_fits_every_step(load, stages) -> None:
    steps = load(stages.Smear(multiple=4, factor=3), stages.Smear(multiple=8))
    assert segments(steps, (100, 80))[0].unit == 8


def test_step_without_halo_parts_the_segments(load, stages) -> None:
    steps = load(stages.Invert(), stages.Picky(), stages.Identity(), stages.Smear())
    parts = segments(steps, (100, 80))
    assert [part.halo for part in parts] == [0, None, 3]
    assert [len(part.steps) for part in parts] == [1, 2, 1]


def test_step_that_gives_more_than_the_image_is_not_cut(load, stages) -> None:
    invert = stages.Invert()
    step = Loaded(invert, Contract(halo=0, gives=("image", "mask")), lambda batch: batch)
    assert segments([step], (100, 80))[0].halo is None


def test_resize_to_a_fixed_size_is_not_cut_even_where_the_factor_is_whole(stages) -> None:
    class Fixed(stages.Invert):
        name = "fixed"

        def output_size(self, height: int, width: int) -> tuple[int, int]:
            return 200, 160

    step = Loaded(Fixed(), Contract(halo=2), lambda batch: batch)
    assert segments([step], (100, 80))[0].halo is None
