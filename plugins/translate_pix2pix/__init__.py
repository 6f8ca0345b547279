"""pix2pix (Isola et al. 2017), and the generators that pix2pix and CycleGAN share."""

from pathlib import Path

from translate import Generator, Recipe, Stage, Weights, hookimpl
from translate.nn.gan.kinds import KINDS
from translate_pix2pix.recipe import Pix2PixRecipe
from translate_pix2pix.stage import Pix2Pix

_FOLDER = Path(__file__).parent / "weights"


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


@hookimpl
def register_weights() -> list[Weights]:
    """Return the weights that we trained; each has a card in docs/models."""
    return [
        Weights(name, _FOLDER / f"{name}.safetensors", license="Apache-2.0", description=text)
        for name, text in (
            ("flat-to-3d", "Flat icons on white to rendered ones, 128 px"),
            ("line-to-3d", "Line drawings of icons to rendered ones, 128 px"),
            ("edges-to-clothes", "Outlines of garments to photographs, 128 px"),
        )
    ]
