"""The stage `colorize`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.stage import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_PALETTE_SIZE = 224
"""Shorter side that Palette's colourisers are trained at."""


class Colorize(Stage):
    """Colour gray pictures; lightness stays what it was, at full resolution.

    The network chooses chroma at a working size. `variety` above 0 draws it anew for each seed;
    `samples` draws several and keeps the one that the others agree with most. A reference picture
    lends its palette where `palette` says so.
    """

    name: ClassVar[str] = "colorize"
    weights: str = Field(
        "colorize", description="A shipped name, a file of `train colorize`, or one of Palette"
    )
    size: int = Field(
        0, ge=0, le=2048, description="Shorter side to colour at, in pixels; 0 = 7/8 of the trained"
    )
    vividness: float = Field(1.0, ge=0, le=4, description="Factor on the chroma; 0 leaves gray")
    variety: float = Field(0.0, ge=0, le=2, description="How far seeds differ; 0 = not at all")
    steps: int = Field(
        0, ge=0, le=1000, description="Evaluations that `variety` takes; 0 = 8, or 25 of Palette"
    )
    samples: int = Field(1, ge=1, le=16, description="Drawings to choose from")
    palette: float = Field(0.0, ge=0, le=1, description="How much of the reference's palette")
    head_channels: int = Field(
        32, ge=1, description="Of a Palette file's attention, which does not say"
    )

    def contract(self, store: Store) -> Contract:
        """Return that the whole picture is needed, and colour comes out."""
        return Contract(
            needs=("image", "reference") if self.palette > 0 else ("image",),
            channels_out=3,
            weights=(self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def load(self, ctx: Context) -> Run:
        """Open the weights; return the function that colours a batch."""
        from translate_diffusion.nets import color, colorizer

        choose = self._open(ctx)

        def run(batch: Batch) -> Batch:
            light = color.lightness(batch.image)
            ab = choose(batch, light) * self.vividness
            if self.palette > 0 and batch.reference is not None:
                ab = ab.lerp(colorizer.borrow(ab, batch.reference), self.palette)
            return batch.replace(image=color.join(light, colorizer.spread(ab, light)))

        return run

    def _open(self, ctx: Context) -> Callable[[Batch, Tensor], Tensor]:
        """Return what chooses chroma at a working size: our network, or Palette's."""
        from translate_diffusion.configs import ColorizerConfig
        from translate_diffusion.nets import colorizer, published
        from translate_diffusion.nets.loading import open_net

        palette = published.open_published(
            ctx, self.weights, ("palette",), head_channels=self.head_channels
        )
        if palette is not None:
            size = self.size or _PALETTE_SIZE
            return lambda batch, light: published.chroma(palette, batch, light, size, self.steps)
        model, config = open_net(ctx, self.weights, ColorizerConfig, colorizer.Colorizer)
        settings = colorizer.Settings(
            self.size or config.size * 7 // 8,
            self.variety,
            self.steps or 8,
            self.samples,
            model.unet.multiple_of,
        )
        return lambda batch, light: colorizer.choose(model, config, settings, batch, light)
