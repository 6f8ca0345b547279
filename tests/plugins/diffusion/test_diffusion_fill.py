import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from translate.testing import conform
from translate_diffusion.nets.filler import smooth_fill
from translate_diffusion.nets.windows import READ, fill, halve, is_thick, windows
from translate_diffusion.stages.fill import Inpaint, Uncrop


def box(height, width, top, left, tall, wide):
    mask = torch.zeros(1, 1, height, width)
    mask[..., top : top + tall, left : left + wide] = 1
    return mask


def test_inpaint_keeps_the_promises_of_a_stage(weights):
    conform(Inpaint(weights=weights["inpaint"], detail=0.5, steps=2))


def test_uncrop_keeps_the_promises_of_a_stage(weights):
    conform(Uncrop(weights=weights["inpaint"], left=3, bottom=9))


@pytest.mark.parametrize("detail", [0.0, 0.5])
def test_known_pixels_come_through_to_the_bit(weights, run, detail, picture, batch_of):
    image, mask = picture(150, 170), box(150, 170, 40, 20, 60, 70)
    stage = Inpaint(weights=weights["inpaint"], detail=detail, steps=2)
    made = run(batch_of(image, mask=mask), stage).image
    known = (mask == 0).expand_as(image)
    assert made[known].equal(image[known])
    assert not made[~known].equal(image[~known])


def test_an_empty_mask_changes_nothing(weights, run, picture, batch_of):
    image = picture(40, 40)
    made = run(batch_of(image, mask=torch.zeros(1, 1, 40, 40)), Inpaint(weights=weights["inpaint"]))
    assert made.image.equal(image)


def test_a_full_mask_gives_a_picture(weights, run, picture, batch_of):
    image = picture(90, 200)
    made = run(batch_of(image, mask=torch.ones(1, 1, 90, 200)), Inpaint(weights=weights["inpaint"]))
    assert made.image.shape == image.shape
    assert bool(made.image.isfinite().all())


def test_what_a_full_hole_held_plays_no_part(weights, run, picture, batch_of):
    stage, mask = Inpaint(weights=weights["inpaint"]), box(64, 64, 10, 10, 30, 30)
    one = picture(64, 64)
    other = torch.where(mask > 0, torch.rand(1, 3, 64, 64), one)
    a, b = (run(batch_of(image, mask=mask), stage).image for image in (one, other))
    assert a.equal(b)


def test_a_gray_mask_is_a_soft_edge(weights, run, picture, batch_of):
    image, mask = picture(64, 64), box(64, 64, 20, 20, 20, 20)
    soft = mask.clone()
    soft[..., 20:40, 20:24] = 0.5
    stage = Inpaint(weights=weights["inpaint"])
    hard, made = (run(batch_of(image, mask=m), stage).image for m in (mask, soft))
    rim = (soft == 0.5).expand_as(image)
    torch.testing.assert_close(made[rim], (hard[rim] + image[rim]) / 2, atol=1e-5, rtol=0)


def test_gray_stays_gray(weights, run, picture, batch_of):
    batch = batch_of(picture(40, 40, 1), mask=box(40, 40, 5, 5, 9, 9))
    assert run(batch, Inpaint(weights=weights["inpaint"])).image.shape == (1, 1, 40, 40)


@pytest.mark.parametrize(
    ("sides", "size"),
    [
        ({"left": 5, "top": 2}, (42, 65)),
        ({"aspect": "16:9"}, (40, 72)),
        ({"aspect": "1:2"}, (120, 60)),
        ({"aspect": "1:1", "right": 10}, (70, 70)),
        ({}, (40, 60)),
    ],
)
def test_uncrop_adds_what_is_asked_and_keeps_the_inside(
    weights, run, sides, size, picture, batch_of
):
    stage = Uncrop(weights=weights["inpaint"], **sides)
    image = picture(40, 60)
    made = run(batch_of(image, alpha=torch.zeros(1, 1, 40, 60)), stage)
    left, _, top, _ = stage.margins(40, 60)
    assert made.image.shape[-2:] == size == stage.output_size(40, 60)
    assert made.image[..., top : top + 40, left : left + 60].equal(image)
    assert made.alpha.shape[-2:] == size
    assert made.alpha.sum() == size[0] * size[1] - 40 * 60


holes = st.tuples(*[st.integers(0, 99)] * 2, *[st.integers(1, 100)] * 2)


@settings(max_examples=25)
@given(st.lists(holes, min_size=1, max_size=3), st.integers(READ, 200), st.integers(READ, 200))
def test_the_windows_over_a_hole_weigh_one_together(boxes, height, width):
    hole = torch.zeros(height, width)
    for top, left, tall, wide in boxes:
        hole[top : top + tall, left : left + wide] = 1
    total = torch.zeros(height, width)
    for window in windows(hole > 0):
        window.read.cut(total).add_(window.weight)
    torch.testing.assert_close(total[hole > 0], torch.ones(int(hole.sum())), atol=1e-5, rtol=0)


def test_a_scratch_costs_what_the_scratch_costs():
    hole = torch.zeros(1000, 1500, dtype=torch.bool)
    hole[500, 100:1400] = True
    assert len(list(windows(hole))) <= 2 * (1300 // 64 + 2)


def test_a_thick_hole_is_painted_coarse_first():
    seen = []

    def paint(image, hole, plan, coarse):
        seen.append((coarse, len(plan)))
        return torch.full_like(image, 0.25)

    image = torch.rand(1, 3, 300, 300)
    thick, thin = box(300, 300, 50, 50, 180, 180) > 0, box(300, 300, 50, 50, 180, 9) > 0
    made = fill(image, thick, paint)
    assert seen[0][0] is False
    assert seen[-1][0] is True
    torch.testing.assert_close(made[thick.expand_as(made)], torch.full((3 * 180 * 180,), 0.25))
    seen.clear()
    fill(image, thin, paint)
    assert not any(coarse for coarse, _ in seen)


@pytest.mark.parametrize(("side", "thick"), [(20, False), (39, False), (60, True)])
def test_thickness_is_that_of_the_largest_square(side, thick):
    assert is_thick(box(200, 200, 31, 47, side, 120) > 0) is thick


def test_halving_averages_what_is_known():
    image = torch.tensor([[0.2, 0.6], [0.9, 0.1]]).reshape(1, 1, 2, 2)
    hole = torch.tensor([[False, False], [True, True]]).reshape(1, 1, 2, 2)
    small, small_hole = halve(image, hole)
    assert small.item() == pytest.approx(0.4)
    assert not bool(small_hole)


@settings(max_examples=20)
@given(holes, st.integers(1, 70), st.integers(1, 70))
def test_a_smooth_fill_stays_between_what_is_known(picture, hole, height, width):
    image = picture(height, width)
    mask = box(height, width, *hole)
    filled = smooth_fill(image, mask)
    known = (mask == 0).expand_as(image)
    assert filled[known].equal(image[known])
    if known.any():
        assert filled.min() >= image[known].min() - 1e-5
        assert filled.max() <= image[known].max() + 1e-5


def test_a_smooth_fill_continues_a_slope():
    image = torch.linspace(0, 1, 65).expand(1, 3, 65, 65)
    filled = smooth_fill(image, box(65, 65, 24, 24, 16, 16))
    assert (filled - image).abs().max() < 0.06
