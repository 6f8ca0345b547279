"""Tones spread over their range."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from translate import Batch
from translate_basic.color import Gray
from translate_basic.tone import AutoLevels, Clahe, Equalize, equalized

RunChain = Callable[..., Batch]


def test_auto_levels_reaches_black_and_white_and_keeps_gray_gray(run: RunChain) -> None:
    dull = torch.linspace(0.3, 0.6, 400).view(1, 20, 20).expand(3, 20, 20)
    out = run(dull, AutoLevels(clip=0)).image
    assert out.min() == 0
    assert out.max() == 1
    assert torch.allclose(out[:, 0], out[:, 1])


def test_auto_levels_per_channel_takes_a_cast_away(run: RunChain, photo: Tensor) -> None:
    cast = photo * torch.tensor([0.5, 0.8, 0.3])[:, None, None]
    out = run(cast, AutoLevels(clip=0, per_channel=True)).image[0]
    assert out.amax((1, 2)).tolist() == [1, 1, 1]
    assert out.amin((1, 2)).tolist() == [0, 0, 0]


def test_clipping_ignores_a_single_spot(run: RunChain) -> None:
    image = torch.full((1, 20, 20), 0.4)
    image[:, :10] = 0.5
    image[0, 0, 0], image[0, 19, 19] = 1, 0
    out = run(image, AutoLevels(clip=1)).image[0, 0]
    assert out[5, 5] == 1
    assert out[15, 5] == 0


def test_a_flat_picture_stays_as_it_is(run: RunChain) -> None:
    flat = torch.full((3, 20, 20), 0.4)
    for stage in (AutoLevels(), Equalize(), Equalize(per_channel=True)):
        assert torch.allclose(run(flat, stage).image[0], flat)


def test_equalizing_makes_tones_equally_frequent(run: RunChain, photo: Tensor) -> None:
    dark = photo.pow(3)
    out = run(dark, Gray(), Equalize()).image
    counts = torch.histc(out, bins=8, min=0, max=1) / out.numel()
    assert (counts - 1 / 8).abs().max() < 0.03
    half = run(dark, Gray(), Equalize(amount=0.5)).image
    assert torch.allclose(half, (out + run(dark, Gray()).image) / 2, atol=1e-6)


def test_equalizing_keeps_the_order_of_tones() -> None:
    values = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    order = values.flatten(2).argsort(-1)
    assert (equalized(values).flatten(2).gather(2, order).diff(dim=-1) >= 0).all()


def test_equalizing_keeps_fine_steps_apart() -> None:
    fine = torch.linspace(0.2, 0.4, 5000).view(1, 1, 50, 100)
    assert len(set(equalized(fine).flatten().tolist())) > 4000


def test_clahe_raises_local_contrast_and_keeps_colour_differences(run: RunChain) -> None:
    rows = torch.linspace(0.2, 0.6, 64)[:, None].expand(64, 64)
    grain = torch.rand(64, 64, generator=torch.Generator().manual_seed(1)) * 0.05
    image = torch.stack([rows + grain, rows + grain, rows + grain + 0.05])
    out = run(image, Clahe(clip=4, grid=4)).image[0]
    assert out[0].diff().std() > 1.5 * image[0].diff().std()
    inside = (out > 0.01) & (out < 0.99)
    blue = (out[2] - out[0])[inside.all(0)]
    assert torch.allclose(blue, torch.full_like(blue, 0.05), atol=1e-5)
