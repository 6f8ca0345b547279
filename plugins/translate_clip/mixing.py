"""Stages that mix latents: of pictures, seeds or words. No torch until one is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from translate import Batch, Context, Contract, Field, Store
from translate.errors import UsageError
from translate.stage import Run, Slot
from translate_clip.captions import words_of
from translate_clip.prompts import PICTURES
from translate_clip.shipped import default
from translate_clip.stages import WEIGHTS, LatentStage, read_picture

if TYPE_CHECKING:
    from torch import Tensor

    from translate_clip.nets.painter import Painter


class Interpolate(LatentStage):
    """Mix two pictures in latent space: the picture and its reference, or two random ones."""

    name = "interpolate"
    position: float = Field(0.5, ge=0, le=1, description="0 = the picture, 1 = the other")
    frames: int = Field(
        0, ge=0, le=1000, description="Frames of the way from one to the other; 0 = none"
    )

    def needs(self) -> tuple[Slot, ...]:
        """Return the slots that must be filled."""
        return ("image", "reference") if self.start == "picture" else ()

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that decodes between two latents."""
        import torch

        def run(batch: Batch) -> Batch:
            one, two = self.begin(painter, batch), self.other(painter, batch)
            image = self.paint(painter, torch.lerp(one, two, self.position), batch)
            if not self.frames:
                return batch.replace(image=image)
            places = [i / max(self.frames - 1, 1) for i in range(self.frames)]
            film = [self.paint(painter, torch.lerp(one, two, place), batch) for place in places]
            return batch.replace(image=image, film=torch.stack(film, 1))

        return run


class LatentArithmetic(LatentStage):
    """Take away what one thing is and add what another is: picture - A + B.

    `minus` and `plus` are pictures, or words that the generator listens to (with start=noise).
    """

    name = "latent-arithmetic"
    minus: str = Field(description="Path of a picture, or words")
    plus: str = Field(description="Path of a picture, or words")
    strength: float = Field(1.0, description="How far to go")

    def contract(self, store: Store) -> Contract:
        """Return what the stage needs; the pictures must be there."""
        for term in (self.minus, self.plus):
            if _is_picture(term) and not Path(term).expanduser().is_file():
                raise UsageError(f"stage '{self.name}': no picture '{term}'")
        return super().contract(store)

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that adds and takes away latents."""
        minus, plus = (self._term(painter, term) for term in (self.minus, self.plus))

        def run(batch: Batch) -> Batch:
            way = plus(batch) - minus(batch)
            latent = painter.project(self.begin(painter, batch) + self.strength * way)
            return batch.replace(image=self.paint(painter, latent, batch))

        return run

    def _term(self, painter: Painter, term: str) -> Callable[[Batch], Tensor]:
        if not _is_picture(term):
            if self.start == "picture":
                raise UsageError(
                    f"stage '{self.name}': '{term}' is no picture; words work with start=noise"
                )
            words = words_of(term)
            return lambda batch: painter.sample(
                batch.seeds, self.size, [words] * len(batch), self.truncation
            )
        if not painter.encodes:
            raise UsageError(f"stage '{self.name}': the generator takes no pictures; give words")
        from translate_clip.nets.painter import fitted

        picture = read_picture(Path(term).expanduser())

        def encoded(batch: Batch) -> Tensor:
            height, width = batch.image.shape[-2:]
            own = fitted(picture, self.output_size(height, width)).clamp(0, 1)
            return painter.encode(own.to(batch.image.device))

        return encoded


class StyleMix(LatentStage):
    """Take the coarse layers of one latent and the fine ones of another (Karras et al. 2019)."""

    name = "style-mix"
    weights: str = Field(default("gan"), description=WEIGHTS)
    start: Literal["noise"] = Field("noise", description="Always noise")
    layer: int = Field(2, ge=0, description="First layer that is the other's; 0 is the coarsest")

    def moves(self, ctx: Context, painter: Painter) -> Run:
        """Return the function that mixes by layer."""
        import torch

        if not painter.layers:
            raise UsageError(
                f"stage '{self.name}': the latents of '{self.weights}' have no layers; a generator "
                "such as 'stylegan' has"
            )

        def run(batch: Batch) -> Batch:
            coarse, fine = self.begin(painter, batch), self.other(painter, batch)
            latent = torch.cat([coarse[:, : self.layer], fine[:, self.layer :]], 1)
            return batch.replace(image=self.paint(painter, latent, batch))

        return run


def _is_picture(term: str) -> bool:
    return term.lower().endswith(PICTURES)
