"""CLIP's training learns within seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from translate import Batch, WeightsError
from translate_clip.nets.clip import normalised
from translate_clip.recipes import ClipRecipe
from translate_clip.training.clip import contrastive, top1
from translate_clip.training.views import seen, views_of


def test_clip_learns_which_words_belong_to_which_picture(prepare, train, pictures: Batch) -> None:
    recipe = ClipRecipe(
        embed_dim=8, trunk_width=10, width=16, heads=2, layers=1, context_length=8, lr=3e-3,
        trunk_rate=1.0,
    )  # fmt: skip
    training = prepare(recipe)
    rows = train(training, pictures, 40)
    assert rows[-1]["clip"] < 0.5 * rows[0]["clip"]
    assert rows[-1]["top1"] == 1.0
    with torch.no_grad():
        assert set(training.measure(training.nets, pictures)) == {"top1", "contrastive"}


def test_a_frozen_trunk_is_asked_once_for_each_view(prepare, train, pictures: Batch) -> None:
    recipe = ClipRecipe(
        embed_dim=8, trunk_width=10, width=16, heads=2, layers=1, context_length=8, trunk_rate=0,
        views=3, lr=1e-2,
    )  # fmt: skip
    training = prepare(recipe)
    trunk = training.nets["generator"].visual.trunk
    before = trunk.conv_head.weight.clone()
    rows = train(training, pictures, 30)
    assert rows[-1]["clip"] < 0.6 * rows[0]["clip"]
    assert torch.equal(trunk.conv_head.weight, before)
    assert len(training.frozen.known) == 4
    train(training, pictures.replace(seeds=(5, 6, 7, 8)), 1, torch.bfloat16)
    assert len(training.frozen.known) == 8


def test_remembered_features_are_those_of_the_trunk(prepare, pictures: Batch) -> None:
    recipe = ClipRecipe(embed_dim=8, trunk_width=10, width=16, heads=2, layers=1, trunk_rate=0)
    training = prepare(recipe)
    views = [0, 1, 2, 0]
    first = training.frozen(pictures.image, pictures.keys, views)
    assert torch.equal(training.frozen(pictures.image, pictures.keys, views), first)
    wanted = normalised(seen(pictures.image, pictures.keys, views))
    assert torch.allclose(first, training.nets["generator"].visual.trunk.eval()(wanted), rtol=1e-3)
    # Another crop of the picture has features of its own.
    other = pictures.image.flip(-1)
    assert not torch.equal(training.frozen(other, pictures.keys, views), first)


def test_views_differ_and_are_the_same_each_time(pictures: Batch) -> None:
    again = [seen(pictures.image, pictures.keys, [0, 1, 2, 3]) for _ in range(2)]
    assert torch.equal(*again)
    assert torch.equal(again[0][0], pictures.image[0])
    assert not torch.equal(again[0][1], pictures.image[1])
    assert again[0].shape == pictures.image.shape
    turns = views_of(pictures.replace(seeds=(6, 7, 8, 9)), 3)
    assert turns == [0, 1, 2, 0]


def test_pictures_of_one_caption_are_no_negatives_of_each_other() -> None:
    tokens = torch.tensor([[1, 2], [1, 2], [3, 4]])
    vectors = torch.tensor([[1.0, 0], [1.0, 0], [0, 1.0]])
    scale = torch.tensor(100.0)
    loss = contrastive(vectors, vectors, tokens, scale)
    assert float(loss) == pytest.approx(2 * torch.log(torch.tensor(2.0)).item() / 3, abs=1e-3)
    assert float(top1(vectors, vectors.flip(0), tokens)) == pytest.approx(1 / 3)


def test_a_trunk_of_another_width_is_refused(train_context, shared: Path) -> None:
    path = shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
    with pytest.raises(WeightsError, match="of trunk_width=100"):
        ClipRecipe(trunk=str(path), trunk_width=35).prepare(train_context(32))
