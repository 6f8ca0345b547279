"""Built-in plugin `diffusion`: upscale, colorize, inpaint and uncrop."""

from translate import Recipe, hookimpl
from translate_diffusion.recipes import Colorize, Inpaint, Uncrop, Upscale


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the trainings of the four stages."""
    return [Upscale, Colorize, Inpaint, Uncrop]
