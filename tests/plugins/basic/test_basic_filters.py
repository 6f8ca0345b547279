"""Blur, sharpen and denoise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import Tensor

from translate import Batch
from translate_basic.filters import Blur, Denoise, Sharpen

RunChain = Callable[..., Batch]


@pytest.mark.parametrize("kind", ["gaussian", "box", "motion"])
def test_blur_spreads_a_point_over_its_margin_and_no_further(
    run: RunChain, kind: Literal["gaussian", "box", "motion"]
) -> None:
    point = torch.zeros(1, 41, 41)
    point[0, 20, 20] = 1
    stage = Blur(kind=kind, radius=3)
    out = run(point, stage).image[0, 0]
    assert out.sum().item() == pytest.approx(1, abs=1e-4)
    margin = stage.margin()
    assert margin is not None
    rows, columns = out.nonzero(as_tuple=True)
    reach = max((rows - 20).abs().max().item(), (columns - 20).abs().max().item())
    assert 3 <= reach <= margin


def test_a_gaussian_has_the_width_it_is_given(run: RunChain) -> None:
    point = torch.zeros(1, 61, 61)
    point[0, 30, 30] = 1
    out = run(point, Blur(radius=4)).image[0, 0]
    spread = (out.sum(0) * (torch.arange(61) - 30.0) ** 2).sum().sqrt()
    assert spread.item() == pytest.approx(4, rel=0.03)


def test_motion_follows_its_angle(run: RunChain) -> None:
    point = torch.zeros(1, 41, 41)
    point[0, 20, 20] = 1
    across = run(point, Blur(kind="motion", radius=6)).image[0, 0]
    upright = run(point, Blur(kind="motion", radius=6, angle=90)).image[0, 0]
    assert (across.sum(0) > 0.01).sum() > 10 > (across.sum(1) > 0.01).sum()
    assert (upright.sum(1) > 0.01).sum() > 10 > (upright.sum(0) > 0.01).sum()


def test_sharpening_raises_an_edge_and_leaves_flat_parts(run: RunChain) -> None:
    edge = torch.full((1, 20, 40), 0.4)
    edge[..., 20:] = 0.6
    out = run(edge, Sharpen(amount=1, radius=1)).image[0, 0]
    assert out[10, 20] > 0.65
    assert out[10, 19] < 0.35
    assert torch.allclose(out[:, :10], edge[0, :, :10], atol=1e-5)
    assert run(edge, Sharpen(threshold=0.5)).image[0].equal(edge)


@pytest.mark.parametrize("kind", ["bilateral", "median", "guided"])
def test_denoising_smooths_grain_and_keeps_an_edge(
    run: RunChain, kind: Literal["bilateral", "median", "guided"]
) -> None:
    clean = torch.full((1, 40, 40), 0.25)
    clean[..., 20:] = 0.75
    noise = torch.randn(1, 40, 40, generator=torch.Generator().manual_seed(0)) * 0.04
    out = run(clean + noise, Denoise(kind=kind, strength=0.15)).image[0]
    assert (out - clean).std() < 0.65 * noise.std()
    assert (out[..., 20] - out[..., 19]).mean() > 0.35


def test_the_median_removes_specks(run: RunChain, photo: Tensor) -> None:
    flat = torch.full((1, 20, 20), 0.5)
    speckled = flat.clone()
    speckled[0, 5, 5], speckled[0, 12, 3] = 1, 0
    assert run(speckled, Denoise(kind="median", radius=1)).image[0].equal(flat)
