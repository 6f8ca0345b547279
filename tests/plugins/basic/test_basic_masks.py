"""Makers of masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from translate import Batch, InputError
from translate_basic.masks import (
    MaskBorder,
    MaskBox,
    MaskFromAlpha,
    MaskFromColor,
    MaskFromThreshold,
    MaskGrow,
    MaskInvert,
    MaskScratches,
    MaskShow,
)  # fmt: skip

RunChain = Callable[..., Batch]


def mask_of(batch: Batch) -> Tensor:
    assert batch.mask is not None
    return batch.mask[0, 0]


def test_transparent_pixels_are_marked(run: RunChain, photo: Tensor) -> None:
    alpha = photo[None, :1]
    assert torch.allclose(mask_of(run(photo, MaskFromAlpha(), alpha=alpha)), 1 - photo[0])
    assert mask_of(run(photo, MaskFromAlpha())).sum() == 0


def test_a_colour_is_marked_within_its_tolerance(run: RunChain) -> None:
    image = torch.tensor([[1.0, 0.95, 0.5], [1, 1, 1], [1, 1, 1]])[:, None].expand(3, 4, 3)
    near = mask_of(run(image, MaskFromColor(color="white", tolerance=0.1)))
    assert near[0].tolist() == [1, 1, 0]
    exact = mask_of(run(image, MaskFromColor(color="#ffffff", tolerance=0)))
    assert exact[0].tolist() == [1, 0, 0]


def test_a_level_splits_light_from_dark(run: RunChain) -> None:
    image = torch.tensor([0.2, 0.5, 0.8]).expand(1, 2, 3)
    above = mask_of(run(image, MaskFromThreshold(level=0.6)))
    below = mask_of(run(image, MaskFromThreshold(level=0.6, side="below")))
    assert above[0].tolist() == [0, 0, 1]
    assert below[0].tolist() == [1, 1, 0]


def test_boxes_and_frames_lie_where_they_should(run: RunChain, photo: Tensor) -> None:
    box = mask_of(run(photo, MaskBox(left=0, top=0.5, right=0.25, bottom=1)))
    assert box.sum() == 20 * 14
    assert box[20:, :14].min() == 1
    frame = mask_of(run(photo, MaskBorder(width=3)))
    assert frame.sum() == 40 * 56 - 34 * 50
    assert mask_of(run(photo, MaskBorder(width=30))).min() == 1
    assert mask_of(run(photo, MaskBorder(width=0))).max() == 0


@pytest.mark.parametrize(
    ("combine", "marked"), [("replace", 20), ("add", 30), ("intersect", 10), ("subtract", 10)]
)
def test_a_second_mask_is_combined_with_the_first(run: RunChain, combine: str, marked: int) -> None:
    image = torch.zeros(1, 1, 40)
    first = MaskBox(left=0.25, top=0, right=0.75, bottom=1)
    second = MaskBox.model_validate(
        {"left": 0.5, "top": 0, "right": 1, "bottom": 1, "combine": combine}
    )
    assert mask_of(run(image, first, second)).sum() == marked


def test_a_first_mask_is_taken_as_it_is(run: RunChain, photo: Tensor) -> None:
    plain = mask_of(run(photo, MaskBox()))
    for combine in ("add", "intersect", "subtract"):
        assert mask_of(run(photo, MaskBox(combine=combine))).equal(plain)


def test_growing_shrinking_and_feathering(run: RunChain) -> None:
    image = torch.zeros(1, 31, 31)
    dot = torch.zeros(1, 1, 31, 31)
    dot[..., 15, 15] = 1
    grown = mask_of(run(image, MaskGrow(pixels=3), mask=dot))
    assert grown.sum() == 49
    assert grown[12:19, 12:19].min() == 1
    assert mask_of(run(image, MaskGrow(pixels=3), MaskGrow(pixels=-3), mask=dot)).equal(dot[0, 0])
    soft = mask_of(run(image, MaskGrow(pixels=3, feather=2), mask=dot))
    assert 0 < soft[15, 20] < soft[15, 15] < 1


def test_inverting_and_showing(run: RunChain, photo: Tensor) -> None:
    out = run(photo, MaskBox(), MaskInvert(), MaskShow(), alpha=photo[None, :1])
    assert out.alpha is None
    assert out.image.shape == (1, 1, 40, 56)
    assert out.image[0, 0].equal(1 - mask_of(run(photo, MaskBox())))
    with pytest.raises(InputError, match=r"mask-show.*mask"):
        run(photo, MaskShow())


@pytest.fixture
def print_with_scratches() -> tuple[Tensor, Tensor]:
    """Return a soft gray print with three light scratches and a light disc; and the scratches."""
    y, x = torch.meshgrid(torch.arange(80.0), torch.arange(80.0), indexing="ij")
    image = 0.3 + 0.2 * (x / 80) + 0.3 * ((x - 60) ** 2 + (y - 60) ** 2 < 100)
    truth = torch.zeros(80, 80)
    truth[5:45, 20] = 1
    truth[60:62, 5:45] = 1
    for i in range(30):
        truth[5 + i, 40 + i] = truth[5 + i, 41 + i] = 1
    return (image + 0.4 * truth).clamp(0, 1)[None], truth


def test_scratches_are_found_and_wide_things_are_not(
    run: RunChain, print_with_scratches: tuple[Tensor, Tensor]
) -> None:
    image, truth = print_with_scratches
    found = mask_of(run(image, MaskScratches(grow=0)))
    assert (found * truth).sum() > 0.9 * truth.sum()
    assert (found * (1 - truth)).sum() < 0.1 * truth.sum()


def test_dark_scratches_are_found_when_asked(
    run: RunChain, print_with_scratches: tuple[Tensor, Tensor]
) -> None:
    image, truth = print_with_scratches
    negative = 1 - image
    assert mask_of(run(negative, MaskScratches(kind="light"))).mean() < 0.02
    for kind in ("dark", "both"):
        found = mask_of(run(negative, MaskScratches(kind=kind, grow=0)))
        assert (found * truth).sum() > 0.9 * truth.sum()


def test_short_specks_are_no_scratches(run: RunChain) -> None:
    image = torch.full((1, 40, 40), 0.4)
    image[0, 10:15, 10] = 1
    assert mask_of(run(image, MaskScratches(length=15))).sum() == 0
    assert mask_of(run(image, MaskScratches(length=5))).sum() > 0


def test_scratches_of_the_sample_print_are_found(run: RunChain, root: Path) -> None:
    with Image.open(root / "samples/old/portrait.jpg") as picture:
        image = torch.from_numpy(np.array(picture)).float()[None] / 255
    with Image.open(root / "samples/masks/portrait.png") as picture:
        truth = torch.from_numpy(np.array(picture)) > 127
    found = mask_of(run(image, MaskScratches())) > 0.5
    assert (found & truth).sum() > 0.8 * truth.sum()
    assert (found & truth).sum() > 0.5 * found.sum()
