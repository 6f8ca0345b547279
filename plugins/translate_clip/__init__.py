"""Pictures out of latent spaces: CLIP-guided optimisation, autoencoders, small GANs."""

from translate import Generator, Stage, hookimpl
from translate_clip.generators import STYLEGAN, VQGAN
from translate_clip.guide import ClipGuide
from translate_clip.stages import STAGES


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return `clip-guide` and the stages that a latent space gives for free."""
    return [ClipGuide, *STAGES]


@hookimpl
def register_generators() -> list[Generator]:
    """Return the autoencoder and the small StyleGAN."""
    return [VQGAN, STYLEGAN]
