"""CycleGAN (Zhu et al. 2017): translation learned from two folders that share no pictures."""

from pathlib import Path

from translate import Recipe, Stage, Weights, hookimpl
from translate_cyclegan.recipe import CycleGANRecipe
from translate_cyclegan.stage import CycleGAN

_FOLDER = Path(__file__).parent / "weights"


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return the stage `cyclegan`."""
    return [CycleGAN]


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the training `cyclegan`."""
    return [CycleGANRecipe]


@hookimpl
def register_weights() -> list[Weights]:
    """Return the weights that we trained, both ways in each; each has a card in docs/models."""
    return [
        Weights(name, _FOLDER / f"{name}.safetensors", license="Apache-2.0", description=text)
        for name, text in (
            ("apple-orange", "Apples to oranges, and back, 128 px"),
            ("daisy-sunflower", "Daisies to sunflowers, and back, 128 px"),
        )
    ]
