"""The stage `upscale`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.stage import Run

if TYPE_CHECKING:
    from torch import Tensor

_HALO = 32


class Upscale(Stage):
    """Make pictures larger, with detail that a plain resize cannot give.

    `fidelity` keeps to what the small picture proves and has the least error; `detail` adds what
    a diffusion thinks was there. Both end by making the result agree with the small picture:
    shrunk again, it is the input (45 dB or better). A factor that the weights were not trained
    for is made of repeated passes and an exact bicubic resize between them.
    """

    name: ClassVar[str] = "upscale"
    weights: str = Field("upscale", description="A shipped name, or a file of `train upscale`")
    factor: Literal[2, 4, 8] = Field(4, description="How many times as wide and high")
    mode: Literal["detail", "fidelity"] = Field("detail", description="Crisp, or closest")
    steps: int = Field(6, ge=1, le=50, description="Evaluations of the diffusion's network")
    strength: float = Field(1.0, ge=0, le=2, description="Share of the diffusion's detail added")
    ensemble: bool = Field(
        True, description="fidelity averages over the 8 turns and mirrors; false is faster"
    )

    def contract(self, store: Store) -> Contract:
        """Return that tiles need 32 pixels of surroundings."""
        return Contract(
            multiple_of=2,
            min_size=8,
            halo=_HALO,
            weights=(self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return both sides times the factor."""
        return height * self.factor, width * self.factor

    def load(self, ctx: Context) -> Run:
        """Open the weights; return the function that enlarges a batch."""
        from translate_diffusion.configs import UpscalerConfig
        from translate_diffusion.nets.loading import as_rgb, open_net
        from translate_diffusion.nets.upscaler import Upscaler, back_project, enlarge, resize

        model, _ = open_net(ctx, self.weights, UpscalerConfig, Upscaler)
        detail = self.steps if self.mode == "detail" and self.strength > 0 else 0

        def grow(batch: Batch) -> Tensor:
            return enlarge(model, batch, detail, self.strength, self.ensemble and not detail)

        def run(batch: Batch) -> Batch:
            channels = batch.image.shape[1]
            small = as_rgb(batch.image)
            height, width = self.output_size(*small.shape[-2:])
            large = grow(batch.replace(image=small))
            while large.shape[-1] < width:
                step = max(1, -(-large.shape[-1] * model.config.factor // width))
                middle = resize(large, large.shape[-2] // step, large.shape[-1] // step)
                large = grow(batch.replace(image=middle))
            large = back_project(resize(large, height, width), small)
            return batch.replace(image=large if channels == 3 else large.mean(1, keepdim=True))

        return run
