"""What `translate train upscale | colorize | inpaint | uncrop` know."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import field_validator

from translate import Field, Recipe, TrainContext, Training
from translate.recipe import DataKind, Defaults
from translate_diffusion.configs import ColorizerConfig, FillerConfig, UpscalerConfig

Kind = Literal["boxes", "strokes", "borders"]


class _Diffusion(Recipe):
    """What the trainings share."""

    data: ClassVar[DataKind] = "single"

    rate: float = Field(7e-4, gt=0, description="Learning rate of the diffusion's U-Net")
    level: float = Field(-0.5, description="Mean of ln sigma, the noise that is trained at")
    spread: float = Field(1.2, gt=0, description="Standard deviation of ln sigma")
    drop: float = Field(
        0.0, ge=0, lt=1, description="Share of the pictures whose condition is hidden"
    )


class Upscale(_Diffusion):
    """Train an upscaler from large pictures alone.

    A residual encoder learns the faithful result; a diffusion learns what it misses. Small
    pictures are clean, unless `degrade` spoils them: ["identity", "jpeg-artifacts quality=50"].
    """

    name: ClassVar[str] = "upscale"
    defaults: ClassVar[Defaults] = Defaults(
        images=240_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=16_000,
        load_size=0,
        crop_size=96,
        clip=1.0,
    )

    factor: int = Field(4, ge=2, le=8, description="How many times as wide and high")
    width: int = Field(48, ge=8, description="Channels of the encoder")
    blocks: int = Field(12, ge=1, description="Residual blocks of the encoder")
    detail_widths: tuple[int, ...] = Field((64, 96), description="Channels of the U-Net's levels")
    encoder_rate: float = Field(2e-3, gt=0, description="Learning rate of the encoder, by Muon")
    rate: float = Field(5e-4, gt=0, description="Learning rate of the diffusion's U-Net")
    level: float = Field(-0.8, description="Mean of ln sigma, the noise that is trained at")
    detail_share: float = Field(
        0.25, gt=0, le=1, description="Share of each batch that the diffusion learns from"
    )
    degrade: tuple[str, ...] = Field(
        (), description="Pipelines that spoil the small pictures; each picture meets one of them"
    )

    @field_validator("degrade", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the upscaler and its losses."""
        from translate_diffusion.training.upscale import UpscaleTraining

        return UpscaleTraining(self, self._config(), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config().model_dump()

    def _config(self) -> UpscalerConfig:
        return UpscalerConfig(
            factor=self.factor,
            width=self.width,
            blocks=self.blocks,
            detail_widths=self.detail_widths,
            exact=not self.degrade,
        )


class Colorize(_Diffusion):
    """Train a colouriser from coloured pictures alone."""

    name: ClassVar[str] = "colorize"
    defaults: ClassVar[Defaults] = Defaults(
        images=110_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=8_000,
        load_size=144,
        crop_size=128,
        clip=1.0,
    )
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("ab_error_to_gray", "min")

    patch: int = Field(4, ge=1, description="Side of the pixel blocks that become channels")
    widths: tuple[int, ...] = Field((64, 96, 136), description="Channels of the U-Net's levels")
    blind: float = Field(
        0.8, ge=0, le=1, description="Share of the pictures that train the one-step answer"
    )
    trunk: str | None = Field(
        None, description="MobileNetV2 weights in torchvision's layout: it tells what is seen"
    )
    guide: int = Field(64, ge=1, description="Channels of what the trunk tells")

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the colouriser and its losses."""
        from translate_diffusion.training.colorize import ColorizeTraining

        return ColorizeTraining(self, self._config(ctx), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config(ctx).model_dump()

    def _config(self, ctx: TrainContext) -> ColorizerConfig:
        return ColorizerConfig(
            patch=self.patch,
            widths=self.widths,
            size=min(ctx.size),
            guide=self.guide if self.trunk else 0,
        )


class Inpaint(_Diffusion):
    """Train a filler of holes from whole pictures."""

    name: ClassVar[str] = "inpaint"
    defaults: ClassVar[Defaults] = Defaults(
        images=160_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=8_000,
        load_size=192,
        crop_size=96,
        clip=1.0,
    )

    patch: int = Field(4, ge=1, description="Side of the pixel blocks that become channels")
    widths: tuple[int, ...] = Field((64, 96, 136), description="Channels of the U-Net's levels")
    blind: float = Field(
        0.8, ge=0, le=1, description="Share of the pictures that train the one-step answer"
    )
    masks: tuple[Kind, ...] = Field(
        ("boxes", "strokes", "borders"), min_length=1, description="Shapes of the holes"
    )
    perceptual: str | None = Field(
        None, description="MobileNetV2 weights in torchvision's layout, BatchNorm folded"
    )
    perceptual_weight: float = Field(0.2, ge=0, description="Weight of its distance")

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the filler and its losses."""
        from translate_diffusion.training.fill import FillTraining

        return FillTraining(self, self._config(ctx), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config(ctx).model_dump()

    def _config(self, ctx: TrainContext) -> FillerConfig:
        return FillerConfig(patch=self.patch, widths=self.widths, window=min(ctx.size))


class Uncrop(Inpaint):
    """Train a filler of missing borders; the same network as `inpaint`."""

    name: ClassVar[str] = "uncrop"

    masks: tuple[Kind, ...] = Field(("borders",), min_length=1, description="Shapes of the holes")
