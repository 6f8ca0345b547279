"""The stage `colorize`."""

from __future__ import annotations

from typing import ClassVar

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.stage import Run


class Colorize(Stage):
    """Colour gray pictures; lightness stays what it was, at full resolution.

    The network chooses chroma at a working size. `variety` above 0 draws it anew for each seed;
    `samples` draws several and keeps the one that the others agree with most. A reference picture
    lends its palette where `palette` says so.
    """

    name: ClassVar[str] = "colorize"
    weights: str = Field("colorize", description="A shipped name, or a file of `train colorize`")
    size: int = Field(
        0, ge=0, le=2048, description="Shorter side to colour at, in pixels; 0 = as trained"
    )
    vividness: float = Field(1.35, ge=0, le=4, description="Factor on the chroma; 0 leaves gray")
    variety: float = Field(0.0, ge=0, le=2, description="How far seeds differ; 0 = not at all")
    steps: int = Field(8, ge=1, le=50, description="Evaluations that `variety` takes")
    samples: int = Field(1, ge=1, le=16, description="Drawings to choose from")
    palette: float = Field(0.0, ge=0, le=1, description="How much of the reference's palette")

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
        from translate.nn.diffusion.unet import build_unet
        from translate_diffusion.configs import ColorizerConfig
        from translate_diffusion.nets import color, colorizer
        from translate_diffusion.nets.loading import open_net

        net, config = open_net(
            ctx, self.weights, ColorizerConfig, lambda c: build_unet(colorizer.unet_config(c))
        )
        settings = colorizer.Settings(
            self.size or config.size, self.variety, self.steps, self.samples, net.multiple_of
        )

        def run(batch: Batch) -> Batch:
            light = color.lightness(batch.image)
            ab = colorizer.choose(net, config, settings, batch, light) * self.vividness
            if self.palette > 0 and batch.reference is not None:
                ab = ab.lerp(colorizer.borrow(ab, batch.reference), self.palette)
            return batch.replace(image=color.join(light, colorizer.spread(ab, light)))

        return run
