"""Guidance in bfloat16 leads where float32 leads."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

import translate_clip
from translate import Batch, Context, Generator, Store
from translate_clip.guide import ClipGuide


@pytest.fixture
def batch() -> Batch:
    image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    return Batch(image, ("a.png", "b.png"), (1, 3), prompts=("a red cat", "red"))


@torch.no_grad()
def test_bfloat16_follows_the_words_as_far_as_float32(
    batch: Batch, weights: Mapping[str, str], generators: Mapping[str, Generator]
) -> None:
    # The CLIP that ships: of random weights, one agrees with nothing strongly enough to compare.
    store = Store({entry.name: entry for entry in translate_clip.register_weights()})
    stage = ClipGuide(
        weights=weights["vqgan"], clip="clip", steps=15, check_every=5, cutouts=2, frames=2
    )
    films, gains = [], []
    for dtype in (torch.float32, torch.bfloat16):
        made = stage.load(Context(torch.device("cpu"), dtype, store, generators))(batch)
        films.append(made.film)
        gains.append(sum(row["clip_score"] - row["clip_score_start"] for row in made.info))
    # One decoding: 8 bits of mantissa, rounded in each of some twenty layers.
    assert -10 * torch.log10((films[0][:, 0] - films[1][:, 0]).square().mean()) > 40
    # Fifteen steps: rounding decides which of two near codebook entries is taken, so the pictures
    # part ways, as they do with another seed. What must last is how far the words are followed:
    # seeds differ by a quarter of it, and steps in random directions gain an eighth.
    assert gains[1] > 0.6 * gains[0] > 0.05
