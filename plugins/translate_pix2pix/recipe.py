"""The settings of `translate train pix2pix`. Imports no torch."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from translate import Field, Generator, GeneratorConfig, Recipe, TrainContext, Training
from translate.nn.gan.choose import choose_generator, refuse_size, weights_config
from translate.recipe import DataKind, Defaults


class Pix2PixRecipe(Recipe):
    """Train a generator on pairs of pictures (Isola et al. 2017).

    The discriminator judges the input and the result together; an L1 loss holds the result to
    its target. With `preset=lab` the generator makes the colours of a gray picture, in CIE Lab.
    """

    name = "pix2pix"
    data: ClassVar[DataKind] = "paired"
    defaults: ClassVar[Defaults] = Defaults(
        images=200_000, batch=1, schedule="linear", ema=0, load_size=286, crop_size=256
    )

    generator: str = Field("unet-256", description="A registered generator")
    generator_config: dict[str, Any] = Field(
        default_factory=dict, description="Further settings of the generator"
    )
    ngf: int | None = Field(None, ge=1, description="Filters of the generator's first layer")
    ndf: int = Field(64, ge=1, description="Filters of the discriminator's first layer")
    norm: Literal["batch", "instance", "none"] = Field(
        "batch", description="Of the discriminator, and of the generator where it has a choice"
    )
    dropout: bool | None = Field(None, description="In the generator; by default its own")
    discriminator: Literal["basic", "n_layers", "pixel"] = Field(
        "basic", description="basic: patches of 70 x 70 pixels; pixel: of 1 x 1"
    )
    n_layers: int = Field(3, ge=1, le=7, description="Layers of an n_layers discriminator")
    gan_mode: Literal["vanilla", "lsgan", "wgangp"] = Field("vanilla", description="Loss")
    init: Literal["normal", "xavier", "kaiming", "orthogonal"] = Field(
        "normal", description="How first weights are drawn"
    )
    init_gain: float = Field(0.02, gt=0, description="Their deviation, or gain")
    lambda_L1: float = Field(100.0, ge=0, description="Weight of the L1 loss")  # noqa: N815
    lr: float = Field(2e-4, gt=0, description="Adam's rate")
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam's first moment")
    preset: Literal["rgb", "lab"] = Field(
        "rgb", description="lab: colourise, from lightness to a and b"
    )

    def chosen(self, ctx: TrainContext) -> tuple[Generator, GeneratorConfig]:
        """Return the generator and its full settings. Raises UsageError."""
        channels = (1, 2) if self.preset == "lab" else ctx.channels
        wishes = {
            "in_channels": channels[0],
            "out_channels": channels[1],
            "ngf": self.ngf,
            "norm": self.norm,
            "dropout": self.dropout,
        }
        return choose_generator(ctx.generators, self.generator, wishes, self.generator_config)

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the networks, with first weights, and their optimisers."""
        from translate_pix2pix.training import Pix2PixTraining

        layers = {"basic": 3, "pixel": 0}.get(self.discriminator, self.n_layers)
        refuse_size(ctx.size, *self.chosen(ctx), layers)
        return Pix2PixTraining(self, ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what the stage rebuilds the generator from."""
        return {"recipe": self.name, "space": self.preset, **weights_config(*self.chosen(ctx))}
