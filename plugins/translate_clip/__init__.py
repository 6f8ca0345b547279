"""Pictures out of latent spaces: CLIP-guided optimisation, autoencoders, small GANs."""

from translate import Generator, Recipe, Stage, Weights, hookimpl
from translate_clip import shipped
from translate_clip.generators import STYLEGAN, VQGAN
from translate_clip.guide import ClipGuide
from translate_clip.mixing import Interpolate, LatentArithmetic, StyleMix
from translate_clip.recipes import ClipRecipe, GanRecipe, VqganRecipe
from translate_clip.stages import Reconstruct, Sample


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return `clip-guide` and the stages that a latent space gives for free."""
    return [ClipGuide, Sample, Reconstruct, Interpolate, LatentArithmetic, StyleMix]


@hookimpl
def register_generators() -> list[Generator]:
    """Return the autoencoder and the small StyleGAN."""
    return [VQGAN, STYLEGAN]


@hookimpl
def register_recipes() -> list[type[Recipe]]:
    """Return the trainings of generators and of a small CLIP."""
    return [VqganRecipe, GanRecipe, ClipRecipe]


@hookimpl
def register_weights() -> list[Weights]:
    """Return the weights that the plugin ships."""
    return shipped.weights()
