from __future__ import annotations

import pytest
import torch

from translate import Batch, Contract, InputError, Stage
from translate.run.chain import Loaded, apply


def loaded(stage: Stage, contract: Contract, run) -> Loaded:
    return Loaded(stage, contract, run)


def batch(height: int = 5, width: int = 7, channels: int = 3, **slots) -> Batch:
    image = torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(0))
    return Batch(image, ("a.png",), (1,), **slots)


@pytest.fixture
def step(stages):
    """A step whose run is given by the test; it is told what it gets."""

    def make(run=lambda batch: batch, contract=None) -> Loaded:
        return Loaded(stages.Identity(), contract or Contract(), run)

    return make


def test_stage_never_sees_an_odd_size(step) -> None:
    seen = []

    def run(given: Batch) -> Batch:
        seen.append((tuple(given.image.shape), tuple(given.mask.shape)))
        return given.replace(image=given.image * 0.5, mask=1 - given.mask)

    given = batch(mask=torch.zeros(1, 1, 5, 7))
    made = apply(step(run, Contract(multiple_of=4, min_size=12)), given)
    assert seen == [((1, 3, 12, 12), (1, 1, 12, 12))]
    assert torch.equal(made.image, given.image * 0.5)
    assert torch.equal(made.mask, torch.ones(1, 1, 5, 7))


def test_gray_becomes_three_equal_channels_where_only_three_are_taken(step) -> None:
    given = batch(channels=1)
    made = apply(step(lambda b: b.replace(image=b.image / 2), Contract(channels=(3,))), given)
    assert torch.equal(made.image, (given.image / 2).expand(-1, 3, -1, -1))
    assert apply(step(), given).image.shape[1] == 1


def test_colour_is_refused_where_only_gray_is_taken(step) -> None:
    with pytest.raises(InputError, match="gray pictures only"):
        apply(step(contract=Contract(channels=(1,))), batch())


def test_result_is_clamped_and_the_input_untouched(step) -> None:
    given = batch()
    before = given.image.clone()
    made = apply(step(lambda b: b.replace(image=b.image * 4 - 1)), given)
    assert made.image.min() == 0
    assert made.image.max() == 1
    assert torch.equal(given.image, before)


def test_picture_that_no_one_touches_is_the_same_tensor(step) -> None:
    given = batch()
    assert apply(step(contract=Contract(multiple_of=4)), given).image is given.image


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda b: b.replace(image=b.image / 0), "no numbers"),
        (lambda b: b.replace(image=b.image[..., 1:]), "5 x 6 pixels"),
        (lambda b: b.replace(image=b.image[0]), "shape"),
        (lambda b: b.replace(image=b.image[:, :2]), "shape"),
        (lambda b: b.image, "gave a Tensor, not a Batch"),
        (lambda b: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_broken_stage_is_named(step, run, words: str) -> None:
    with pytest.raises(InputError, match=f"stage 'identity'.*{words}"):
        apply(step(run), batch())


def test_missing_slot_is_named(step) -> None:
    with pytest.raises(InputError, match="'identity' needs a mask"):
        apply(step(contract=Contract(needs=("image", "mask"))), batch())


def test_mask_and_alpha_follow_the_picture_in_size(stages) -> None:
    stage = stages.Smear(reach=1, factor=3)
    mask = torch.zeros(1, 1, 6, 8)
    mask[..., 2:4, 2:4] = 1
    given = batch(6, 8, mask=mask, alpha=torch.full((1, 1, 6, 8), 0.5))
    run = lambda b: b.replace(image=b.image.repeat_interleave(3, 2).repeat_interleave(3, 3))  # noqa: E731
    made = apply(Loaded(stage, Contract(multiple_of=4), run), given)
    assert made.image.shape[-2:] == (18, 24)
    assert torch.equal(made.mask, mask.repeat_interleave(3, 2).repeat_interleave(3, 3))
    assert torch.allclose(made.alpha, torch.full((1, 1, 18, 24), 0.5))


def test_film_is_cropped_with_its_picture_and_goes_when_another_step_changes_that(step) -> None:
    def filmed(given: Batch) -> Batch:
        return given.replace(image=given.image / 2, film=given.image[:, None].repeat(1, 3, 1, 1, 1))

    made = apply(step(filmed, Contract(multiple_of=4)), batch())
    assert made.film.shape == (1, 3, 3, 5, 7)
    assert torch.equal(apply(step(), made).film, made.film)
    assert apply(step(lambda b: b.replace(image=b.image / 2)), made).film is None


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (lambda b: b.replace(image=b.image.numpy()), "a ndarray, not a tensor"),
        (lambda b: b.replace(image=(b.image * 255).to(torch.uint8)), "a picture of torch.uint8"),
        (lambda b: b.replace(image=b.image.to("meta")), "a picture on meta, not on cpu"),
        (lambda b: exec("raise SystemExit(7)"), "SystemExit: 7"),
        (lambda b: 1 / 0, r"ZeroDivisionError: division by zero \(test_chain.py, line"),
    ],
)
def test_what_is_no_picture_fails_that_picture_and_names_the_stage(step, run, says) -> None:
    with pytest.raises(InputError, match=f"stage 'identity'.*{says}"):
        apply(step(run), batch())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_picture_of_other_precision_is_float32_for_the_next_step(step, dtype) -> None:
    made = apply(step(lambda b: b.replace(image=b.image.to(dtype))), batch())
    assert made.image.dtype == torch.float32


def test_a_bright_picture_in_float16_is_no_nonsense_though_its_sum_is_beyond_float16(step) -> None:
    given = batch(200, 200)
    made = apply(step(lambda b: b.replace(image=b.image.clamp(min=0.9).half())), given)
    assert made.image.dtype == torch.float32
    assert made.image.min() > 0.89
