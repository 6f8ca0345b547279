from __future__ import annotations

import pytest
import torch
from torch import Tensor

from translate_clip.nets.cutouts import CutoutSettings, cutouts, draw

ALL = frozenset({"affine", "perspective", "flip", "jitter", "erase", "noise"})


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def cut(picture: Tensor, settings: CutoutSettings, *seeds: int) -> Tensor:
    return cutouts(picture, settings, draw(settings, generators(*seeds)))


@pytest.fixture
def picture() -> Tensor:
    return torch.rand(3, 3, 20, 30, generator=torch.Generator().manual_seed(0))


def test_a_batch_has_the_cutouts_of_each_alone(picture: Tensor) -> None:
    settings = CutoutSettings(4, 16, 0.3, ALL)
    together = cut(picture, settings, 5, 6, 7)
    assert together.shape == (12, 3, 16, 16)
    alone = [cut(picture[i : i + 1], settings, 5 + i) for i in range(3)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-6)
    assert not torch.equal(together[:4], cut(picture[:1], settings, 8))


def test_the_whole_square_is_the_picture_itself() -> None:
    picture = torch.rand(1, 3, 8, 8)
    whole = cut(picture, CutoutSettings(2, 8, 1.0, frozenset()), 1)
    assert torch.allclose(whole, picture.expand(2, -1, -1, -1), atol=1e-5)


def test_cutouts_stay_inside_the_picture() -> None:
    # Ramps tell each pixel's place: what is cut has places of the picture alone.
    rows, columns = torch.meshgrid(
        torch.linspace(0, 1, 24), torch.linspace(0, 1, 32), indexing="ij"
    )
    picture = torch.stack([rows, columns, rows])[None]
    made = cut(picture, CutoutSettings(32, 8, 0.2, frozenset()), 3)
    spans = made[:, 0, -1, 0] - made[:, 0, 0, 0]
    assert made.min() >= 0
    assert made.max() <= 1
    assert spans.min() > 0.1
    assert spans.max() > 2 * spans.min()
    assert made[:, 1].flatten(1).mean(1).std() > 0.1


def test_one_augmentation_leaves_the_draws_of_others_as_they_are(picture: Tensor) -> None:
    plain = cut(picture[:1], CutoutSettings(4, 16, 0.5, frozenset()), 1)
    flipped = cut(picture[:1], CutoutSettings(4, 16, 0.5, frozenset({"flip"})), 1)
    same = [torch.allclose(a, b, atol=1e-5) for a, b in zip(plain, flipped, strict=True)]
    mirrored = [
        torch.allclose(a, b.flip(-1), atol=1e-5) for a, b in zip(plain, flipped, strict=True)
    ]
    assert all(a != b for a, b in zip(same, mirrored, strict=True))


def test_jitter_keeps_gray_gray_and_brightness_as_it_was(picture: Tensor) -> None:
    settings = CutoutSettings(4, 16, 0.5, frozenset({"jitter"}))
    gray = torch.full((1, 3, 16, 16), 0.3)
    assert torch.allclose(cut(gray, settings, 1), torch.full((4, 3, 16, 16), 0.3), atol=1e-5)
    plain = cut(picture[:1], CutoutSettings(4, 16, 0.5, frozenset()), 1)
    jittered = cut(picture[:1], settings, 1)
    assert torch.allclose(jittered.mean(1), plain.mean(1), atol=1e-4)
    assert not torch.allclose(jittered, plain, atol=0.02)


def test_gradients_reach_the_picture_through_everything(picture: Tensor) -> None:
    picture = picture.requires_grad_()
    cut(picture, CutoutSettings(16, 8, 0.5, ALL), 1, 2, 3).sum().backward()
    assert picture.grad is not None
    assert torch.isfinite(picture.grad).all()
    assert (picture.grad.abs().sum((1, 2, 3)) > 0).all()


def test_large_pictures_are_averaged_before_they_are_read() -> None:
    stripes = torch.zeros(1, 3, 64, 64)
    stripes[..., ::2] = 1
    made = cut(stripes, CutoutSettings(2, 16, 1.0, frozenset()), 1)
    assert torch.allclose(made, torch.full_like(made, 0.5), atol=1e-5)
