"""The shipped pipelines that need no weights do on the samples what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

import translate_basic
from translate import Batch, Stage
from translate.images import decode, to_tensor
from translate.pipeline import build, read
from translate.plugins import Registry

RunChain = Callable[..., Batch]
REGISTRY = Registry(stages={stage.name: stage for stage in translate_basic.register_stages()})


def steps_of(name: str) -> tuple[Stage, ...]:
    return build(read(name, REGISTRY), REGISTRY)


@pytest.fixture(scope="module")
def cat(root: Path) -> Tensor:
    """Return the middle of the cat: (3, 160, 200)."""
    picture = decode(root / "samples/photos/cat.jpg")
    return to_tensor(picture.frames[0])[:, 60:220, 100:300]


def test_sketch_is_gray_on_white_paper(run: RunChain, cat: Tensor) -> None:
    drawn = run(cat, *steps_of("sketch")).image
    assert drawn.shape == (1, 1, 160, 200)
    assert drawn.median() > 0.85
    assert drawn.min() < 0.3


def test_web_thumbnails_are_square_and_opaque(run: RunChain, root: Path) -> None:
    icon = decode(root / "samples/icons/donut.png")
    assert icon.alpha is not None
    alpha = to_tensor(icon.alpha[0][..., None])[None]
    made = run(to_tensor(icon.frames[0]), *steps_of("web-thumbnails"), alpha=alpha)
    assert made.image.shape == (1, 3, 256, 256)
    assert made.alpha is None
    assert made.image[0, :, 0, 0].min() > 0.999


def test_scan_cleanup_uses_all_tones(run: RunChain, cat: Tensor) -> None:
    faded = cat * 0.5 + 0.2
    fresh = run(faded, *steps_of("scan-cleanup")).image
    assert fresh.std() > 1.5 * faded.std()
    assert fresh.min() < 0.02
    assert fresh.max() > 0.98


def test_line_art_has_black_outlines_and_few_colours(run: RunChain, cat: Tensor) -> None:
    drawn = run(cat, *steps_of("line-art")).image[0]
    levels = {round(v * 7, 3) for v in drawn.flatten().tolist()}
    assert len(levels) <= 8
    assert 0.02 < (drawn.amax(0) == 0).float().mean() < 0.3


def test_find_scratches_gives_black_and_white(run: RunChain, cat: Tensor) -> None:
    scratched = cat.clone()
    scratched[:, 20:140, 90:92] = 1
    mask = run(scratched, *steps_of("find-scratches")).image[0, 0]
    assert mask[25:135, 90:92].mean() > 0.9
    assert set(mask.flatten().tolist()) == {0, 1}


def test_old_jpeg_is_half_as_large_and_worse(run: RunChain, cat: Tensor) -> None:
    spoilt = run(cat, *steps_of("old-jpeg")).image
    assert spoilt.shape == (1, 3, 80, 100)
    clean = torch.nn.functional.avg_pool2d(cat[None], 2)
    assert 0.01 < (spoilt - clean).abs().mean() < 0.08
