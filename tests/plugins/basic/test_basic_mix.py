"""Keeping and blending."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from translate import Batch, InputError
from translate_basic.color import Brightness, Gray, Invert
from translate_basic.geometry import Resize
from translate_basic.mix import Blend, Keep, Mode

RunChain = Callable[..., Batch]


FORMULAS: dict[Mode, tuple[float, float]] = {
    "normal": (0.75, 0.25),
    "multiply": (0.25 * 0.75, 0.75 * 0.25),
    "screen": (1 - 0.75 * 0.25, 1 - 0.25 * 0.75),
    "overlay": (2 * 0.25 * 0.75, 1 - 2 * 0.25 * 0.75),
    "soft-light": (0.25 + 0.5 * (0.5 - 0.25), 0.75 - 0.5 * 0.75 * 0.25),
    "darken": (0.25, 0.25),
    "lighten": (0.75, 0.75),
    "add": (1.0, 1.0),
    "subtract": (0.0, 0.5),
    "difference": (0.5, 0.5),
}
"""What becomes of 0.25 under 0.75, and of 0.75 under 0.25 (W3C Compositing, level 1, 10.1)."""


@pytest.mark.parametrize("mode", FORMULAS)
def test_a_mode_follows_its_formula(run: RunChain, mode: Mode) -> None:
    below = torch.tensor([0.25, 0.75]).expand(3, 2, 2)
    out = run(below, Blend(other="reference", mode=mode, amount=1), reference=(1 - below)[None])
    assert out.image[0, 0, 0].tolist() == pytest.approx(FORMULAS[mode], abs=1e-6)


def test_blending_with_the_kept_picture_undoes_half(run: RunChain, photo: Tensor) -> None:
    out = run(photo, Keep(), Invert(), Blend(amount=0.5)).image
    assert torch.allclose(out, torch.full_like(out, 0.5), atol=1e-6)
    assert torch.allclose(run(photo, Keep(), Invert(), Blend(amount=1)).image[0], photo, atol=1e-6)


def test_sizes_and_channels_are_brought_together(run: RunChain, photo: Tensor) -> None:
    out = run(photo, Keep(), Gray(), Resize(scale=2), Blend(amount=1)).image
    assert out.shape == (1, 1, 80, 112)
    colour = run(photo, Blend(other="reference", amount=1), reference=photo[None, :1])
    assert torch.allclose(colour.image[0], photo[:1].expand(3, -1, -1), atol=1e-6)


def test_the_mask_limits_the_blend(run: RunChain, photo: Tensor) -> None:
    mask = torch.zeros(1, 1, 40, 56)
    mask[..., :10] = 1
    chain = (Keep(), Brightness(amount=-1), Blend(amount=1, masked=True))
    out = run(photo, *chain, mask=mask).image[0]
    assert torch.allclose(out, photo * mask[0])


def test_a_blend_without_the_other_picture_is_told(run: RunChain, photo: Tensor) -> None:
    for stage in (Blend(), Blend(other="reference")):
        with pytest.raises(InputError, match=f"blend.*{stage.other}"):
            run(photo, stage)


def test_keep_costs_no_copy(run: RunChain, photo: Tensor) -> None:
    out: Batch = run(photo[None], Keep())
    assert out.kept is out.image
