"""The stage `cyclegan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from translate import Batch, Context, Contract, Field, Stage, Store, WeightsError
from translate.nn.gan.choose import Facts, read_facts
from translate.stage import Run

if TYPE_CHECKING:
    from torch import Tensor

    from translate.nn.gan.infer import Translate

Direction = Literal["a2b", "b2a"]


class CycleGAN(Stage):
    """Translate pictures of one kind into another, learned without pairs: horses to zebras, say.

    `weights` takes a shipped name, a file that `translate train cyclegan` wrote, or an official
    .pth. A file with both generators also tells how much of a picture survives the way there and
    back: a large cycle error marks a translation not to trust.
    """

    name = "cyclegan"
    weights: str = Field(description="A shipped name, a safetensors file, or an official .pth")
    direction: Direction = Field(
        "a2b", description="Which way, where the file holds both; an official file has only one"
    )
    inverse: str | None = Field(
        None, description="Weights of the way back, for official files, which have only one way"
    )
    report: Literal["none", "error"] = Field(
        "none", description="error: also tell each picture's cycle error (mean absolute, 0 to 1)"
    )
    show: Literal["result", "cycle", "heatmap"] = Field(
        "result", description="cycle: the picture after the way back; heatmap: where it differs"
    )
    stats: Literal["auto", "per_image", "running"] = Field(
        "auto",
        description="Statistics of generators with batch norm: each picture's own, or those of "
        "training. auto = per_image for official files, else running",
    )

    def contract(self, store: Store) -> Contract:
        """Return sizes and channels, read from the weights' header."""
        facts = read_facts(store, self.weights)
        if facts.in_channels not in (1, 3) or facts.out_channels not in (1, 3):
            raise WeightsError(
                f"weights '{self.weights}' turn {facts.in_channels} channels into "
                f"{facts.out_channels}; a pipeline's pictures have 1 or 3"
            )
        multiple_of = facts.multiple_of
        if self._returns():
            multiple_of = max(multiple_of, self._back(store, facts).multiple_of)
        own = facts.norm == "batch" and self._own_statistics(facts)
        out = {"result": facts.out_channels, "cycle": facts.in_channels, "heatmap": 3}
        return Contract(
            channels=(3,) if facts.in_channels == 3 else (1, 3),
            channels_out=out[self.show],
            multiple_of=multiple_of,
            min_size=8,
            halo=None if own or self._returns() else facts.halo,
            weights=(self.weights, self.inverse) if self.inverse else (self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def _returns(self) -> bool:
        """Say whether the way back is asked for."""
        return self.report == "error" or self.show != "result"

    def _own_statistics(self, facts: Facts) -> bool:
        if self.stats == "auto":
            return not facts.config
        return self.stats == "per_image"

    def _back(self, store: Store, facts: Facts) -> Facts:
        """Return what is known of the way back. Raises WeightsError where there is none."""
        if self.inverse:
            return read_facts(store, self.inverse)
        if not facts.parts:
            raise WeightsError(
                f"weights '{self.weights}' hold one direction only: name the other's with "
                "'inverse' to see the cycle error, or leave 'report' and 'show' as they are"
            )
        return facts

    def load(self, ctx: Context) -> Run:
        """Build the generator, and the one of the way back where it is asked for."""
        facts = read_facts(ctx.store, self.weights)
        forth = self._translator(ctx, self.weights, facts, self.direction)
        back: Translate | None = None
        if self._returns():
            other: Direction = "b2a" if self.direction == "a2b" else "a2b"
            back_facts = self._back(ctx.store, facts)
            back = self._translator(ctx, self.inverse or self.weights, back_facts, other)

        def run(batch: Batch) -> Batch:
            result = forth(batch.image, batch.seeds)
            if back is None:
                return batch.replace(image=result)
            return self._judged(batch, result, back(result.clamp(0, 1), batch.seeds))

        return run

    def _translator(
        self, ctx: Context, weights: str, facts: Facts, direction: Direction
    ) -> Translate:
        from translate.nn.gan.infer import Mode, translator
        from translate.nn.gan.load import load_generator

        own = self._own_statistics(facts)
        mode = Mode(ctx.device, ctx.dtype, ctx.compile, own_statistics=own)
        part = direction if facts.parts else ""
        return translator(load_generator(ctx.open(weights), ctx.generators, part), mode)

    def _judged(self, batch: Batch, result: Tensor, returned: Tensor) -> Batch:
        """Return the picture that is asked for, with its cycle error beside it."""
        from translate.nn.gan.heat import heat
        from translate.nn.gan.infer import to_channels

        start = to_channels(batch.image, returned.shape[1])
        error = (returned.clamp(0, 1) - start).abs().mean(1, keepdim=True)
        pictures = {"result": result, "cycle": returned, "heatmap": heat(error)}
        rows = [{"cycle_error": round(value, 5)} for value in error.mean((1, 2, 3)).tolist()]
        return batch.replace(image=pictures[self.show]).with_info(rows)
