"""The autoencoder's training learns within seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from translate import Batch
from translate_clip.recipes import VqganRecipe
from translate_clip.training.vqgan import usage_loss

TINY = {"width": 4, "multipliers": (1, 2), "z_channels": 4, "embed_dim": 4, "groups": 2}


@pytest.mark.parametrize("kind", ["vq", "gumbel", "kl"])
def test_an_autoencoder_learns_to_reconstruct(prepare, train, pictures: Batch, kind: str) -> None:
    recipe = VqganRecipe(kind=kind, codes=16, generator_config=TINY, lr=4e-3, gan_start=10**6)
    training = prepare(recipe)
    rows = train(training, pictures, 60)
    assert rows[-1]["distance"] < 0.6 * rows[0]["distance"]
    assert "discriminator" not in rows[-1]
    with torch.no_grad():
        made = training.translate(training.nets.eval(), training.pairs(pictures))
    assert made.shape == pictures.image.shape
    # Entries are used where there are any.
    assert ("codes_used" in rows[-1]) == (kind != "kl")


def test_the_discriminator_takes_part_when_it_is_time(prepare, train, pictures: Batch) -> None:
    recipe = VqganRecipe(codes=16, generator_config=TINY, gan_start=8, ndf=4, lr=2e-3)
    rows = train(prepare(recipe), pictures, 12)
    assert ["discriminator" in row for row in rows[:3]] == [False, False, True]
    assert rows[-1]["discriminator"] < rows[2]["discriminator"]


def test_a_perceptual_term_is_taken_from_a_file(
    prepare, train, shared: Path, pictures: Batch
) -> None:
    path = shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
    recipe = VqganRecipe(codes=16, generator_config=TINY, perceptual=str(path), gan_weight=0)
    (row,) = train(prepare(recipe), pictures, 1)
    plain = VqganRecipe(codes=16, generator_config=TINY, gan_weight=0)
    assert row["distance"] > train(prepare(plain), pictures, 1)[0]["distance"] + 0.1


def test_usage_rewards_sure_choices_spread_over_all_entries() -> None:
    codebook = torch.eye(4) * 3
    spread = codebook.T.reshape(1, 4, 2, 2)
    one = codebook[:1].T.reshape(1, 4, 1, 1).expand(-1, -1, 2, 2)
    unsure = torch.full((1, 4, 2, 2), 0.75)
    assert usage_loss(spread, codebook) < usage_loss(one, codebook) - 0.5
    assert usage_loss(spread, codebook) < usage_loss(unsure, codebook) - 0.5
