"""What spoils a picture: compression and noise, to train and to test against."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate_basic.blocks import compress

if TYPE_CHECKING:
    from torch import Tensor


class JpegArtifacts(Stage):
    """Leave the traces of JPEG compression: blocks, ringing, smeared colour.

    Blocks lie as in a file of the whole picture, also where it is cut into tiles.
    """

    name: ClassVar[str] = "jpeg-artifacts"
    quality: int = Field(30, ge=1, le=100, description="Quality as encoders count it.")
    subsampling: Literal["4:2:0", "4:4:4"] = Field(
        "4:2:0", description="Whether colour has half the resolution."
    )

    def contract(self, store: Store) -> Contract:
        """A pixel depends on its block of 16."""
        return Contract(halo=15)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that compresses each picture at its place."""
        import torch

        def run(batch: Batch) -> Batch:
            origins = batch.origins or ((0, 0),) * len(batch)
            half = self.subsampling == "4:2:0"
            if len(set(origins)) == 1:
                return batch.replace(image=compress(batch.image, self.quality, half, origins[0]))
            single = [
                compress(image, self.quality, half, origin)
                for image, origin in zip(batch.image.chunk(len(batch)), origins, strict=True)
            ]
            return batch.replace(image=torch.cat(single))

        return run


class Noise(Stage):
    """Add grain. The same seed gives the same grain."""

    name: ClassVar[str] = "noise"
    amount: float = Field(0.05, ge=0, le=1, description="Standard deviation; white is 1.")
    shot: float = Field(
        0.0, ge=0, le=1, description="Standard deviation of more grain in white, less in shadow."
    )
    monochrome: bool = Field(False, description="The same grain in every channel.")
    pattern: int = Field(0, ge=0, description="Another number gives other grain.")

    def contract(self, store: Store) -> Contract:
        """Each pixel alone: the grain is bound to its place."""
        return Contract(halo=0)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that adds the grain."""

        def run(batch: Batch) -> Batch:
            channels, height, width = batch.image.shape[1:]
            drawn = 1 if self.monochrome else channels
            grain = batch.noise(drawn, height, width, salt=f"noise {self.pattern}")
            spread: Tensor = (self.amount**2 + self.shot**2 * batch.image).sqrt()
            return batch.replace(image=batch.image + grain * spread)

        return run
