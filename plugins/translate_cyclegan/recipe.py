"""The settings of `translate train cyclegan`. Imports no torch."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from translate import Field, Generator, GeneratorConfig, Recipe, TrainContext, Training
from translate.nn.gan.choose import choose_generator, refuse_size, weights_config
from translate.recipe import DataKind, Defaults


class CycleGANRecipe(Recipe):
    """Train two generators, A to B and back, on two folders of pictures (Zhu et al. 2017).

    A discriminator on each side judges single pictures; what goes there and back again must come
    out as it was. The weights hold both generators.
    """

    name = "cyclegan"
    data: ClassVar[DataKind] = "unpaired"
    defaults: ClassVar[Defaults] = Defaults(
        images=200_000, batch=1, schedule="linear", ema=0, load_size=286, crop_size=256
    )
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("frechet", "min")

    generator: str = Field("resnet-9", description="A registered generator")
    generator_config: dict[str, Any] = Field(
        default_factory=dict, description="Further settings of the generators"
    )
    ngf: int | None = Field(None, ge=1, description="Filters of a generator's first layer")
    ndf: int = Field(64, ge=1, description="Filters of a discriminator's first layer")
    norm: Literal["batch", "instance", "none"] = Field(
        "instance", description="Of the discriminators, and of generators that have a choice"
    )
    dropout: bool = Field(False, description="In the generators")
    discriminator: Literal["basic", "n_layers", "pixel"] = Field(
        "basic", description="basic: patches of 70 x 70 pixels; pixel: of 1 x 1"
    )
    n_layers: int = Field(3, ge=1, le=7, description="Layers of an n_layers discriminator")
    gan_mode: Literal["lsgan", "vanilla", "wgangp"] = Field("lsgan", description="Loss")
    init: Literal["normal", "xavier", "kaiming", "orthogonal"] = Field(
        "normal", description="How first weights are drawn"
    )
    init_gain: float = Field(0.02, gt=0, description="Their deviation, or gain")
    lambda_A: float = Field(10.0, ge=0, description="Weight of A to B to A")  # noqa: N815
    lambda_B: float = Field(10.0, ge=0, description="Weight of B to A to B")  # noqa: N815
    lambda_identity: float = Field(
        0.5, ge=0, description="Weight of leaving B as it is on the way to B, times lambda"
    )
    pool: int = Field(50, ge=0, description="Results that a discriminator is shown again")
    lr: float = Field(2e-4, gt=0, description="Adam's rate")
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam's first moment")

    def chosen(self, ctx: TrainContext) -> tuple[Generator, GeneratorConfig]:
        """Return the generator and its full settings, the same in both directions.

        Where only one folder is gray, its pictures are taken as colour.

        Raises:
            UsageError: no such generator, or settings that do not fit it.
        """
        channels = max(ctx.channels)
        wishes = {
            "in_channels": channels,
            "out_channels": channels,
            "ngf": self.ngf,
            "norm": self.norm,
            "dropout": self.dropout,
        }
        return choose_generator(ctx.generators, self.generator, wishes, self.generator_config)

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the networks, with first weights, their optimisers and the image pools."""
        from translate_cyclegan.training import CycleGANTraining

        layers = {"basic": 3, "pixel": 0}.get(self.discriminator, self.n_layers)
        refuse_size(ctx.size, *self.chosen(ctx), layers)
        return CycleGANTraining(self, ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what the stage rebuilds the generators from."""
        return {"recipe": self.name, **weights_config(*self.chosen(ctx))}
