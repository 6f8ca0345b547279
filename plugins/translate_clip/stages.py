"""Stages that move about in a generator's latent space. No torch until one is loaded."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.batch import seed_for
from translate.errors import UsageError
from translate.stage import Run, Slot
from translate_clip.captions import words_of
from translate_clip.latents import file_of, open_painter, read_facts
from translate_clip.shipped import default

if TYPE_CHECKING:
    from torch import Tensor

    from translate_clip.nets.painter import Painter

WEIGHTS = "Weights of a generator: a name, a file, or a diffusers folder"
START = "picture: its latent; noise: a random latent, made of the item's seed"


class LatentStage(Stage):
    """Base of the stages that begin with the latent of a picture, or a random one."""

    weights: str = Field(default("autoencoder"), description=WEIGHTS)
    start: Literal["picture", "noise"] = Field("picture", description=START)
    size: int = Field(128, ge=8, le=8192, description="Side of pictures made from noise")
    truncation: float = Field(
        0.8, ge=0, le=2, description="Of random latents: less is more typical, 0 is the mean"
    )

    def needs(self) -> tuple[Slot, ...]:
        """Return the slots that must be filled."""
        return ("image",) if self.start == "picture" else ()

    def contract(self, store: Store) -> Contract:
        """Return what the stage needs; the size rule is read from the weights' header."""
        facts = read_facts(store, self.weights)
        return Contract(
            needs=self.needs(),
            channels=(3,),
            channels_out=3,
            multiple_of=facts.multiple_of if self.start == "picture" else 1,
            weights=(file_of(self.weights),),
            precisions=("float32", "bfloat16", "float16"),
            heavy=True,
        )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the picture's own size, or `size` where it is made from noise."""
        return (height, width) if self.start == "picture" else (self.size, self.size)

    def load(self, ctx: Context) -> Run:
        """Open the generator; return what `moves` makes of it."""
        painter = open_painter(ctx, self.weights)
        if self.start == "picture" and not painter.encodes:
            raise UsageError(
                f"stage '{self.name}': generator of '{self.weights}' takes no pictures; "
                "say start=noise"
            )
        return self.moves(ctx, painter)

    @abstractmethod
    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that runs a batch."""

    def begin(self, painter: Painter, batch: Batch) -> Tensor:
        """Return the latents to begin with. Shape: (B, ...)."""
        if self.start == "picture":
            return painter.encode(batch.image)
        prompts = batch.prompts or ("",) * len(batch)
        words = [words_of(prompt) for prompt in prompts]
        return painter.sample(batch.seeds, self.size, words, self.truncation)

    def other(self, painter: Painter, batch: Batch) -> Tensor:
        """Return the latents of the reference pictures, or of other seeds. Shape: (B, ...)."""
        from translate_clip.nets.painter import fitted

        if self.start == "picture":
            if batch.reference is None:
                raise UsageError(f"stage '{self.name}' needs a reference picture: --reference")
            height, width = batch.image.shape[-2:]
            return painter.encode(fitted(batch.reference, (height, width)).clamp(0, 1))
        seeds = tuple(seed_for(seed, "other") for seed in batch.seeds)
        return self.begin(painter, batch.replace(seeds=seeds))

    def paint(self, painter: Painter, latent: Tensor, batch: Batch) -> Tensor:
        """Return the pictures of latents in the size that was promised."""
        from translate_clip.nets.painter import fitted

        height, width = batch.image.shape[-2:]
        return fitted(painter.decode(latent), self.output_size(height, width))


class Sample(LatentStage):
    """Make pictures from noise, one for each line of a file of prompts.

    A generator that listens to words takes them from the line; others make what they know.
    """

    name = "sample"
    weights: str = Field(default("gan"), description=WEIGHTS)
    start: Literal["noise"] = Field("noise", description="Always noise")

    def needs(self) -> tuple[Slot, ...]:
        """Return the slots that must be filled."""
        return ("prompts",)

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that decodes random latents."""
        return lambda batch: batch.replace(
            image=self.paint(painter, self.begin(painter, batch), batch)
        )


class Reconstruct(LatentStage):
    """Send pictures through an autoencoder: what is left of them is what it knows."""

    name = "reconstruct"
    start: Literal["picture"] = Field("picture", description="Always the picture")

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that encodes and decodes."""
        return lambda batch: batch.replace(
            image=self.paint(painter, self.begin(painter, batch), batch)
        )


def read_picture(path: Path) -> Tensor:
    """Return the first frame of a picture file, on white. Shape: (1, 3, H, W) in [0, 1]."""
    from translate.images import decode, on_white, to_tensor

    return to_tensor(on_white(decode(path))).expand(3, -1, -1)[None]
