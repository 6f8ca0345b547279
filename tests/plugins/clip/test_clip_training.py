"""What the trainings have in common."""

from __future__ import annotations

from pathlib import Path

from translate import Batch, Context, Store
from translate.train.export import export
from translate.train.settings import resolve
from translate_clip.guide import ClipGuide
from translate_clip.recipes import ClipRecipe, VqganRecipe
from translate_clip.training.counter import Counter


def test_what_was_trained_opens_without_a_flag(
    prepare, train_context, ctx: Context, pictures: Batch, tmp_path: Path
) -> None:
    small = {"width": 4, "multipliers": (1, 2), "groups": 2}
    recipes = {
        "vqgan": VqganRecipe(codes=16, generator_config=small),
        "clip": ClipRecipe(embed_dim=8, trunk_width=10, width=8, heads=2, layers=1),
    }
    for name, recipe in recipes.items():
        settings = resolve(recipe, "data", {"crop_size": 32})
        config = recipe.config(train_context(32))
        net = prepare(recipe).nets["generator"]
        export(tmp_path / f"{name}.safetensors", net, config, settings, {})
    stage = ClipGuide(
        weights=str(tmp_path / "vqgan.safetensors"), clip=str(tmp_path / "clip.safetensors"),
        prompt="red", steps=1, cutouts=1,
    )  # fmt: skip
    assert stage.contract(Store()).multiple_of == 2
    assert stage.load(ctx)(pictures).image.shape == pictures.image.shape


def test_counts_survive_a_checkpoint() -> None:
    counter, again = Counter(), Counter()
    counter.add(8)
    counter.add(4)
    again.load_state_dict(counter.state_dict())
    assert (again.images, again.batches) == (12, 2)
