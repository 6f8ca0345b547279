"""Built-in plugin `diffusion`: upscale, colorize, inpaint and uncrop."""

from pathlib import Path

from translate import Recipe, Stage, Weights, hookimpl
from translate_diffusion import recipes
from translate_diffusion.stages.colorize import Colorize
from translate_diffusion.stages.fill import Inpaint, Uncrop
from translate_diffusion.stages.upscale import Upscale

_OURS, _GUIDED = "Apache-2.0", "Apache-2.0 AND BSD-3-Clause"


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return the four stages."""
    return [Upscale, Colorize, Inpaint, Uncrop]


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the trainings of the four stages."""
    return [recipes.Upscale, recipes.Colorize, recipes.Inpaint, recipes.Uncrop]


@hookimpl
def register_weights() -> list[Weights]:
    """Return the weights that the plugin ships."""
    folder = Path(__file__).parent / "weights"
    return [
        Weights(name, folder / f"{name}.safetensors", license=license, description=text)
        for name, license, text in (
            ("upscale", _OURS, "Photographs, x4: a residual encoder and a diffusion of detail"),
            ("upscale-jpeg", _OURS, "The same for small pictures that were saved as JPEG"),
            ("colorize", _GUIDED, "Gray photographs; a classifier tells it what it sees"),
            ("inpaint", _OURS, "Photographs: holes and borders, for `inpaint` and `uncrop`"),
        )
    ]
