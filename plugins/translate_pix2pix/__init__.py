"""pix2pix (Isola et al. 2017), and the generators that pix2pix and CycleGAN share."""

from translate import Generator, Recipe, Stage, hookimpl
from translate.nn.gan.kinds import KINDS
from translate_pix2pix.recipe import Pix2PixRecipe
from translate_pix2pix.stage import Pix2Pix


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return the stage `pix2pix`."""
    return [Pix2Pix]


@hookimpl
def register_generators() -> list[Generator]:
    """Return the U-Nets and ResNets of the papers."""
    return list(KINDS)


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the training `pix2pix`."""
    return [Pix2PixRecipe]
