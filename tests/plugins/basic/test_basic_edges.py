"""Lines from pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from translate import Batch
from translate_basic.edges import Edges, PencilSketch

RunChain = Callable[..., Batch]


@pytest.fixture
def disc() -> Tensor:
    """Return a light disc of radius 15 on dark ground: (1, 48, 48)."""
    y, x = torch.meshgrid(torch.arange(48.0), torch.arange(48.0), indexing="ij")
    return ((x - 24) ** 2 + (y - 24) ** 2 < 15**2).float()[None] * 0.8 + 0.1


def test_canny_draws_a_thin_closed_line_where_the_edge_is(run: RunChain, disc: Tensor) -> None:
    out = run(disc, Edges(ink="white")).image[0, 0]
    assert set(out.flatten().tolist()) == {0, 1}
    rows, columns = out.nonzero(as_tuple=True)
    radius = ((rows - 24.0) ** 2 + (columns - 24.0) ** 2).sqrt()
    assert (radius - 15).abs().max() < 2
    assert 70 < len(rows) < 130


def test_ink_is_black_on_white_paper_unless_asked(run: RunChain, disc: Tensor) -> None:
    for method in ("canny", "sobel"):
        black = run(disc, Edges(method=method)).image
        white = run(disc, Edges(method=method, ink="white")).image
        assert torch.allclose(black, 1 - white)
        assert black[0, 0, 0, 0] > 0.999


def test_hysteresis_keeps_weak_parts_of_a_strong_line_only(run: RunChain) -> None:
    image = torch.zeros(1, 40, 40)
    image[0, :, 20:] = torch.linspace(0.02, 0.5, 40)[:, None]
    strict = run(image, Edges(low=0.8, high=0.8, ink="white", sigma=1)).image.sum()
    traced = run(image, Edges(low=0.1, high=0.8, ink="white", sigma=1)).image.sum()
    nothing = run(image * 0.1, Edges(low=0.1, high=0.8, ink="white", sigma=1)).image.sum()
    assert traced > strict > 0
    assert nothing == 0


def test_a_larger_sigma_leaves_out_fine_detail(run: RunChain, photo: Tensor) -> None:
    fine = run(photo, Edges(ink="white", sigma=0.5)).image.sum()
    coarse = run(photo, Edges(ink="white", sigma=3)).image.sum()
    assert coarse < fine / 2


def test_thresholds_must_be_in_order() -> None:
    with pytest.raises(ValidationError, match="must not be above high"):
        Edges(low=0.5, high=0.2)


def test_a_sketch_leaves_paper_where_nothing_changes(run: RunChain, disc: Tensor) -> None:
    out = run(disc, PencilSketch(radius=3)).image[0, 0]
    assert out[24, 24] > 0.99
    assert out[0, 0] > 0.99
    assert out.min() < 0.5
    pale = run(disc, PencilSketch(radius=3, darkness=0.5)).image[0, 0]
    assert pale.mean() > out.mean()
