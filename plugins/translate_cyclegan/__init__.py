"""CycleGAN (Zhu et al. 2017): translation learned from two folders that share no pictures."""

from translate import Recipe, Stage, hookimpl
from translate_cyclegan.recipe import CycleGANRecipe
from translate_cyclegan.stage import CycleGAN


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return the stage `cyclegan`."""
    return [CycleGAN]


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the training `cyclegan`."""
    return [CycleGANRecipe]
