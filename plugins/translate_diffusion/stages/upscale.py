"""The stage `upscale`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.stage import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_HALO = 32


class Upscale(Stage):
    """Make pictures larger, with detail that a plain resize cannot give.

    `fidelity` keeps to what the small picture proves and has the least error; `detail` adds what
    a diffusion thinks was there. Both end by making the result agree with the small picture:
    shrunk again, it is the input (45 dB or better), unless the weights were trained to mend it
    (`train upscale`, `degrade`). A factor that the weights were not trained for is made of
    repeated passes and an exact bicubic resize between them.
    """

    name: ClassVar[str] = "upscale"
    weights: str = Field("upscale", description="A shipped name, or a file of `train upscale`")
    factor: Literal[1, 2, 4, 8] = Field(
        4, description="How many times as wide and high; 1 = only mend, by weights that do"
    )
    mode: Literal["detail", "fidelity"] = Field("detail", description="Crisp, or closest")
    steps: int = Field(
        0,
        ge=0,
        le=1000,
        description="Evaluations of the diffusion's network; 0 = 6, or 25 of SR3 and SRDiff",
    )
    strength: float = Field(1.0, ge=0, le=2, description="Share of the diffusion's detail added")
    ensemble: bool = Field(
        True, description="fidelity averages over the 8 turns and mirrors; false is faster"
    )
    norm_groups: int = Field(32, ge=1, description="Of an SR3 file's norms, which does not say")

    def contract(self, store: Store) -> Contract:
        """Return that tiles need 32 pixels of surroundings; SR3's attention needs the whole."""
        return Contract(
            multiple_of=2,
            min_size=8,
            halo=_HALO if store.header(self.weights).config else None,
            weights=(self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return both sides times the factor."""
        return height * self.factor, width * self.factor

    def load(self, ctx: Context) -> Run:
        """Open the weights; return the function that enlarges a batch."""
        from translate_diffusion.nets.loading import as_rgb

        enlarge = self._open(ctx)

        def run(batch: Batch) -> Batch:
            channels = batch.image.shape[1]
            large = enlarge(batch.replace(image=as_rgb(batch.image)))
            return batch.replace(image=large if channels == 3 else large.mean(1, keepdim=True))

        return run

    def _open(self, ctx: Context) -> Callable[[Batch], Tensor]:
        """Return what enlarges RGB pictures: our network, SR3's or SRDiff's."""
        from translate_diffusion.configs import UpscalerConfig
        from translate_diffusion.nets import published, upscaler
        from translate_diffusion.nets.loading import open_net

        other = published.open_published(
            ctx, self.weights, ("sr3", "srdiff"), norm_groups=self.norm_groups
        )
        if other is not None:
            return lambda batch: published.upscale(other, batch, self.factor, self.steps)
        model, _ = open_net(ctx, self.weights, UpscalerConfig, upscaler.Upscaler)
        steps = (self.steps or 6) if self.mode == "detail" and self.strength > 0 else 0
        ensemble = self.ensemble and not steps

        def grow(batch: Batch) -> Tensor:
            return upscaler.enlarge(model, batch, steps, self.strength, ensemble)

        return lambda batch: upscaler.to_factor(model, grow, batch, self.factor)
