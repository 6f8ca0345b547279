"""The stage `pix2pix`."""

from __future__ import annotations

from typing import Literal

from translate import Batch, Context, Contract, Field, Stage, Store, WeightsError
from translate.nn.gan.choose import Facts, read_facts
from translate.stage import Run


class Pix2Pix(Stage):
    """Translate pictures with a generator trained on pairs: drawings to photographs, say.

    `weights` takes a shipped name, a file that `translate train pix2pix` wrote, or an official
    pix2pix or CycleGAN checkpoint (.pth), whose architecture is read off its keys and shapes.
    """

    name = "pix2pix"
    weights: str = Field(description="A shipped name, a safetensors file, or an official .pth")
    stats: Literal["auto", "per_image", "running"] = Field(
        "auto",
        description="Batch norm's statistics: each picture's own, as the official test script "
        "takes them, or those of training. auto = per_image for official files, else running",
    )
    dropout: Literal["off", "seeded"] = Field(
        "off", description="seeded: dropout stays on and gives each seed another variant"
    )

    def contract(self, store: Store) -> Contract:
        """Return sizes and channels, read from the weights' header."""
        facts = read_facts(store, self.weights)
        if facts.in_channels not in (1, 3) or not (facts.lab or facts.out_channels in (1, 3)):
            raise WeightsError(
                f"weights '{self.weights}' turn {facts.in_channels} channels into "
                f"{facts.out_channels}; a pipeline's pictures have 1 or 3"
            )
        return Contract(
            channels=(3,) if facts.in_channels == 3 else (1, 3),
            channels_out=3 if facts.lab else facts.out_channels,
            multiple_of=facts.multiple_of,
            min_size=8,
            halo=None if self._needs_all(facts) else facts.halo,
            weights=(self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def _own_statistics(self, facts: Facts) -> bool:
        if self.stats == "auto":
            return not facts.config
        return self.stats == "per_image"

    def _needs_all(self, facts: Facts) -> bool:
        """Say whether a result depends on the whole picture, whatever the network's reach."""
        normed = facts.norm == "batch" and self._own_statistics(facts)
        return normed or self.dropout == "seeded"

    def load(self, ctx: Context) -> Run:
        """Build the generator and lay its weights out for the device."""
        from translate.nn.gan.infer import Mode, translator
        from translate.nn.gan.load import load_generator

        facts = read_facts(ctx.store, self.weights)
        mode = Mode(
            ctx.device,
            ctx.dtype,
            ctx.compile,
            own_statistics=self._own_statistics(facts),
            dropout=self.dropout == "seeded",
            lab=facts.lab,
        )
        part = facts.parts[0] if facts.parts else ""
        translate = translator(load_generator(ctx.open(self.weights), ctx.generators, part), mode)

        def run(batch: Batch) -> Batch:
            return batch.replace(image=translate(batch.image, batch.seeds))

        return run
