"""The trainings learn: losses fall on tiny data within seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from translate import (
    Batch,
    Context,
    Generator,
    Recipe,
    Store,
    TrainContext,
    Training,
    UsageError,
    WeightsError,
)
from translate.train.export import export
from translate.train.settings import resolve
from translate.train.step import Stepper
from translate_clip.captions import frequent_words, read_captions
from translate_clip.nets.augment import AdaptiveAugment
from translate_clip.nets.clip import normalised
from translate_clip.recipes import ClipRecipe, GanRecipe, VqganRecipe
from translate_clip.training.clip import contrastive, top1
from translate_clip.training.counter import Counter
from translate_clip.training.views import seen, views_of
from translate_clip.training.vqgan import usage_loss

CPU = torch.device("cpu")
TINY = {"width": 4, "multipliers": (1, 2), "z_channels": 4, "embed_dim": 4, "groups": 2}
NAMES = ("red", "green", "blue", "gray")


@pytest.fixture
def pictures() -> Batch:
    """Four pictures of one colour each, with a gentle ramp."""
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]])
    ramp = torch.linspace(0.4, 1, 32).expand(1, 1, 32, 32)
    keys = tuple(f"{name}.png" for name in NAMES)
    return Batch(
        colours[:, :, None, None] * ramp,
        keys,
        (1, 2, 3, 4),
        prompts=tuple(f"a {n} wall" for n in NAMES),
    )


@pytest.fixture
def prepare(generators: Mapping[str, Generator]):
    def make(recipe: Recipe, size: int = 32) -> Training:
        torch.manual_seed(0)
        return recipe.prepare(context(generators, size))

    return make


def context(generators: Mapping[str, Generator], size: int = 32) -> TrainContext:
    return TrainContext(CPU, generators, images=100, batch=4, size=(size, size))


def learn(
    training: Training, batch: Batch, steps: int, dtype: torch.dtype = torch.float32
) -> list[dict[str, float]]:
    stepper = Stepper(training, CPU, dtype)
    return [{**stepper.step([batch], [i], 1.0), **training.log()} for i in range(steps)]


@pytest.mark.parametrize("kind", ["vq", "gumbel", "kl"])
def test_an_autoencoder_learns_to_reconstruct(prepare, pictures: Batch, kind: str) -> None:
    recipe = VqganRecipe(kind=kind, codes=16, generator_config=TINY, lr=4e-3, gan_start=10**6)
    training = prepare(recipe)
    rows = learn(training, pictures, 60)
    assert rows[-1]["distance"] < 0.6 * rows[0]["distance"]
    assert "discriminator" not in rows[-1]
    with torch.no_grad():
        made = training.translate(training.nets.eval(), training.pairs(pictures))
    assert made.shape == pictures.image.shape
    # Entries are used where there are any.
    assert ("codes_used" in rows[-1]) == (kind != "kl")


def test_the_discriminator_takes_part_when_it_is_time(prepare, pictures: Batch) -> None:
    recipe = VqganRecipe(codes=16, generator_config=TINY, gan_start=8, ndf=4, lr=2e-3)
    rows = learn(prepare(recipe), pictures, 12)
    assert ["discriminator" in row for row in rows[:3]] == [False, False, True]
    assert rows[-1]["discriminator"] < rows[2]["discriminator"]


def test_a_perceptual_term_is_taken_from_a_file(prepare, shared: Path, pictures: Batch) -> None:
    path = shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
    recipe = VqganRecipe(codes=16, generator_config=TINY, perceptual=str(path), gan_weight=0)
    (row,) = learn(prepare(recipe), pictures, 1)
    plain = VqganRecipe(codes=16, generator_config=TINY, gan_weight=0)
    assert row["distance"] > learn(prepare(plain), pictures, 1)[0]["distance"] + 0.1


def test_usage_rewards_sure_choices_spread_over_all_entries() -> None:
    codebook = torch.eye(4) * 3
    spread = codebook.T.reshape(1, 4, 2, 2)
    one = codebook[:1].T.reshape(1, 4, 1, 1).expand(-1, -1, 2, 2)
    unsure = torch.full((1, 4, 2, 2), 0.75)
    assert usage_loss(spread, codebook) < usage_loss(one, codebook) - 0.5
    assert usage_loss(spread, codebook) < usage_loss(unsure, codebook) - 0.5


TINY_GAN = {"z_dim": 8, "w_dim": 16, "width": 8, "max_width": 16}


def test_a_gan_learns_the_colour_of_its_pictures(prepare, pictures: Batch) -> None:
    recipe = GanRecipe(
        ndf=8, lr=1e-2, r1=3.0, r1_every=4, ada_target=0.0, generator_config=TINY_GAN
    )
    colour = torch.tensor([0.9, 0.2, 0.1])
    orange = pictures.replace(image=colour.view(3, 1, 1).expand(4, -1, 8, 8).contiguous())
    training = prepare(recipe, size=8)
    rows = learn(training, orange, 60)
    assert {"real", "fake", "r1", "augment"} <= rows[0].keys()
    with torch.no_grad():
        made = training.translate(training.nets.eval(), training.pairs(orange)).mean((2, 3))
    assert (made - colour).abs().mean() < 0.15


def test_a_judge_of_features_teaches_the_colour_too(prepare, shared: Path, pictures: Batch) -> None:
    path = shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
    recipe = GanRecipe(
        projected=str(path), ndf=8, lr=1e-2, r1=0, ada_target=0.0, ada_start=0.1, loss="hinge",
        generator_config=TINY_GAN,
    )  # fmt: skip
    training = prepare(recipe, size=32)
    judge = training.nets["discriminator"]
    fixed = [mix.weight.clone() for mix in (*judge.mixes, *judge.blends)]
    colour = torch.tensor([0.9, 0.2, 0.1])
    orange = pictures.replace(image=colour.view(3, 1, 1).expand(4, -1, 32, 32).contiguous())
    rows = learn(training, orange, 40)
    assert rows[0]["augment"] == pytest.approx(0.1)
    # As the loop looks at it: in autocast.
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        made = training.translate(training.nets.eval(), training.pairs(orange)).mean((2, 3))
    assert (made - colour).abs().mean() < 0.2
    assert judge(orange.image).shape == (4, 4)
    assert all(map(torch.equal, fixed, (m.weight for m in (*judge.mixes, *judge.blends))))


def test_words_of_captions_reach_generator_and_judge(
    prepare, pictures: Batch, tmp_path: Path
) -> None:
    lines = [f"set/{name}.png\ta {name} wall\ttrain" for name in NAMES]
    (tmp_path / "captions.tsv").write_text("\n".join(["path\tcaption\tsplit", *lines]))
    recipe = GanRecipe(
        captions=str(tmp_path / "captions.tsv"), captions_prefix="set/", vocabulary=3, ndf=8,
        generator_config=TINY_GAN,
    )  # fmt: skip
    training = prepare(recipe, size=8)
    assert training.config.words == ("blue", "gray", "wall")
    nets = training.nets
    before = [nets[name].embed.weight.clone() for name in ("generator", "discriminator")]
    learn(training, pictures.replace(image=pictures.image[..., ::4, ::4]), 2)
    after = [nets[name].embed.weight for name in ("generator", "discriminator")]
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_a_gan_needs_squares_of_a_power_of_two(generators) -> None:
    with pytest.raises(UsageError, match="--crop-size 32, 64, 128 or 256"):
        GanRecipe().prepare(context(generators, 48))


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


def test_clip_learns_which_words_belong_to_which_picture(prepare, pictures: Batch) -> None:
    recipe = ClipRecipe(
        embed_dim=8, trunk_width=10, width=16, heads=2, layers=1, context_length=8, lr=3e-3,
        trunk_rate=1.0,
    )  # fmt: skip
    training = prepare(recipe)
    rows = learn(training, pictures, 40)
    assert rows[-1]["clip"] < 0.5 * rows[0]["clip"]
    assert rows[-1]["top1"] == 1.0
    with torch.no_grad():
        assert set(training.measure(training.nets, pictures)) == {"top1", "contrastive"}


def test_a_frozen_trunk_is_asked_once_for_each_view(prepare, pictures: Batch) -> None:
    recipe = ClipRecipe(
        embed_dim=8, trunk_width=10, width=16, heads=2, layers=1, context_length=8, trunk_rate=0,
        views=3, lr=1e-2,
    )  # fmt: skip
    training = prepare(recipe)
    trunk = training.nets["generator"].visual.trunk
    before = trunk.conv_head.weight.clone()
    rows = learn(training, pictures, 30)
    assert rows[-1]["clip"] < 0.6 * rows[0]["clip"]
    assert torch.equal(trunk.conv_head.weight, before)
    assert len(training.frozen.known) == 4
    learn(training, pictures.replace(seeds=(5, 6, 7, 8)), 1, torch.bfloat16)
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


def test_a_trunk_of_another_width_is_refused(generators, shared: Path) -> None:
    path = shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
    with pytest.raises(WeightsError, match="of trunk_width=100"):
        ClipRecipe(trunk=str(path), trunk_width=35).prepare(context(generators))


def test_what_was_trained_opens_without_a_flag(
    prepare, generators, ctx: Context, pictures: Batch, tmp_path: Path
) -> None:
    from translate_clip.guide import ClipGuide

    recipes = {
        "vqgan": VqganRecipe(codes=16, generator_config=TINY),
        "clip": ClipRecipe(embed_dim=8, trunk_width=10, width=8, heads=2, layers=1),
    }
    for name, recipe in recipes.items():
        settings = resolve(recipe, "data", {"crop_size": 32})
        config = recipe.config(context(generators))
        net = prepare(recipe).nets["generator"]
        export(tmp_path / f"{name}.safetensors", net, config, settings, {})
    stage = ClipGuide(
        weights=str(tmp_path / "vqgan.safetensors"), clip=str(tmp_path / "clip.safetensors"),
        prompt="red", steps=1, cutouts=1,
    )  # fmt: skip
    assert stage.contract(Store()).multiple_of == 2
    assert stage.load(ctx)(pictures).image.shape == pictures.image.shape


def test_captions_are_read_with_their_prefix(tmp_path: Path) -> None:
    path = tmp_path / "captions.tsv"
    path.write_text(
        "path\tcaption\tsplit\nemoji/a.webp\tA red cat, and a dog\ttrain\nb.jpg\tthe sea\ttest\n"
    )
    words = read_captions(str(path), "emoji/")
    assert words == {"a.webp": ("a", "red", "cat", "and", "a", "dog")}
    assert frequent_words(words, 2) == ("cat", "dog")
    with pytest.raises(UsageError, match="no line begins with 'x/'"):
        read_captions(str(path), "x/")
    with pytest.raises(UsageError, match="no such file"):
        read_captions(str(tmp_path / "none.tsv"))
    path.write_text("a.webp\n")
    with pytest.raises(UsageError, match=r"captions\.tsv:1: expected path<TAB>caption"):
        read_captions(str(path), "")


def test_counts_survive_a_checkpoint() -> None:
    counter, again = Counter(), Counter()
    counter.add(8)
    counter.add(4)
    again.load_state_dict(counter.state_dict())
    assert (again.images, again.batches) == (12, 2)
