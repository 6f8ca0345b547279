"""The GAN's training learns within seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from translate import Batch, UsageError
from translate_clip.nets.augment import AdaptiveAugment
from translate_clip.recipes import GanRecipe

MOBILENET = "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
TINY_GAN = {"z_dim": 8, "w_dim": 16, "width": 8, "max_width": 16}


def test_a_gan_learns_the_colour_of_its_pictures(prepare, train, pictures: Batch) -> None:
    recipe = GanRecipe(
        ndf=8, lr=1e-2, r1=3.0, r1_every=4, ada_target=0.0, generator_config=TINY_GAN
    )
    colour = torch.tensor([0.9, 0.2, 0.1])
    orange = pictures.replace(image=colour.view(3, 1, 1).expand(4, -1, 8, 8).contiguous())
    training = prepare(recipe, size=8)
    rows = train(training, orange, 60)
    assert {"real", "fake", "r1", "augment"} <= rows[0].keys()
    with torch.no_grad():
        made = training.translate(training.nets.eval(), training.pairs(orange)).mean((2, 3))
    assert (made - colour).abs().mean() < 0.15


def test_a_judge_of_features_teaches_the_colour_too(
    prepare, train, shared: Path, pictures: Batch
) -> None:
    recipe = GanRecipe(
        projected=str(shared / MOBILENET), ndf=16, lr=5e-3, r1=0, ada_target=0.0, ada_start=0.1,
        loss="hinge", generator_config=TINY_GAN,
    )  # fmt: skip
    training = prepare(recipe, size=32)
    judge = training.nets["discriminator"]
    fixed = [mix.weight.clone() for mix in (*judge.mixes, *judge.blends)]
    colour = torch.tensor([0.9, 0.2, 0.1])
    orange = pictures.replace(image=colour.view(3, 1, 1).expand(4, -1, 32, 32).contiguous())
    rows = train(training, orange, 60)
    assert rows[0]["augment"] == pytest.approx(0.1)
    # As the loop looks at it: in autocast.
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        made = training.translate(training.nets.eval(), training.pairs(orange)).mean((2, 3))
    assert (made - colour).abs().mean() < 0.25, "gray is 0.37 away"
    assert judge(orange.image).shape == (4, 4)
    assert all(map(torch.equal, fixed, (m.weight for m in (*judge.mixes, *judge.blends))))


def test_an_anchor_makes_pictures_of_what_is_read_off_them(
    prepare, train, shared: Path, pictures: Batch
) -> None:
    recipe = GanRecipe(
        anchor=10.0, projected=str(shared / MOBILENET), ndf=8, lr=1e-2, r1=0, ada_target=0.0,
        generator_config=TINY_GAN,
    )  # fmt: skip
    training = prepare(recipe, size=32)
    # half of a batch is read off pictures: here each of the four
    twice = [torch.cat([pictures.image] * 2), pictures.keys * 2, pictures.seeds * 2]
    rows = train(training, Batch(*twice), 40)
    assert rows[-1]["distance"] < 0.7 * rows[0]["distance"]
    real = pictures.image * 2 - 1
    with torch.no_grad():
        read = training.nets["reader"](real)
        made = training.nets["generator"](read)
    gaps = (made[:, None] - real).abs().mean((2, 3, 4))
    assert gaps.argmin(1).tolist() == [0, 1, 2, 3], "each is nearest to its own"
    torch.testing.assert_close(read.mean(0), torch.zeros(8), atol=1e-4, rtol=0)


def test_an_anchor_needs_features_and_company(train_context, shared: Path) -> None:
    with pytest.raises(UsageError, match="anchor needs projected=FILE"):
        GanRecipe(anchor=1.0).prepare(train_context(8))
    alone = replace(train_context(8), batch=1)
    with pytest.raises(UsageError, match="a batch of 2 or more"):
        GanRecipe(anchor=1.0, projected=str(shared / MOBILENET)).prepare(alone)


def test_words_of_captions_reach_generator_and_judge(
    prepare, train, pictures: Batch, tmp_path: Path
) -> None:
    told = zip(pictures.keys, pictures.prompts, strict=True)
    lines = [f"set/{key}\t{caption}\ttrain" for key, caption in told]
    (tmp_path / "captions.tsv").write_text("\n".join(["path\tcaption\tsplit", *lines]))
    recipe = GanRecipe(
        captions=str(tmp_path / "captions.tsv"), captions_prefix="set/", vocabulary=3, ndf=8,
        generator_config=TINY_GAN,
    )  # fmt: skip
    training = prepare(recipe, size=8)
    assert training.config.words == ("blue", "gray", "wall")
    nets = training.nets
    before = [nets[name].embed.weight.clone() for name in ("generator", "discriminator")]
    train(training, pictures.replace(image=pictures.image[..., ::4, ::4]), 2)
    after = [nets[name].embed.weight for name in ("generator", "discriminator")]
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_a_gan_needs_squares_of_a_power_of_two(train_context) -> None:
    with pytest.raises(UsageError, match="--crop-size 32, 64, 128 or 256"):
        GanRecipe().prepare(train_context(48))


def test_augmentation_rises_with_a_judge_that_is_sure_and_is_kept(pictures: Batch) -> None:
    augment = AdaptiveAugment(0.6)
    assert torch.equal(augment(pictures.image), pictures.image)
    for _ in range(5):
        augment.adapt(torch.full((10_000,), 3.0))
    assert augment.probability == pytest.approx(0.1)
    augment.adapt(torch.full((10_000,), -3.0))
    assert augment.probability == pytest.approx(0.08)
    again = AdaptiveAugment(0.6)
    again.load_state_dict({"probability": 1.0})
    torch.manual_seed(0)
    moved = again(pictures.image)
    assert moved.shape == pictures.image.shape
    assert not torch.allclose(moved, pictures.image, atol=0.05)
