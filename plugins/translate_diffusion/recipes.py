"""What `translate train upscale | colorize | inpaint | uncrop` know."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from translate import Field, Recipe, TrainContext, Training
from translate.recipe import DataKind, Defaults
from translate_diffusion.configs import ColorizerConfig, FillerConfig, UpscalerConfig


class Upscale(Recipe):
    """Train an upscaler from large pictures alone."""

    name: ClassVar[str] = "upscale"
    data: ClassVar[DataKind] = "single"
    defaults: ClassVar[Defaults] = Defaults(
        images=300_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=16_000,
        load_size=0,
        crop_size=96,
        clip=1.0,
    )

    factor: int = Field(4, ge=2, le=8)
    width: int = Field(48, ge=8)
    blocks: int = Field(12, ge=1)
    encoder_rate: float = Field(2e-3, gt=0)
    rate: float = Field(5e-4, gt=0)
    detail_share: float = Field(0.25, gt=0, le=1)
    level: float = -0.8

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the upscaler and its losses."""
        from translate_diffusion.training import UpscaleTraining

        return UpscaleTraining(self, self._config(), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config().model_dump()

    def _config(self) -> UpscalerConfig:
        return UpscalerConfig(factor=self.factor, width=self.width, blocks=self.blocks)


class Colorize(Recipe):
    """Train a colouriser from coloured pictures alone."""

    name: ClassVar[str] = "colorize"
    data: ClassVar[DataKind] = "single"
    defaults: ClassVar[Defaults] = Defaults(
        images=100_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=8_000,
        load_size=144,
        crop_size=128,
        clip=1.0,
    )
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("ab_error_to_gray", "min")

    rate: float = Field(7e-4, gt=0)
    blind: float = Field(0.8, ge=0, le=1)
    level: float = -0.5
    spread: float = 1.2

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the colouriser and its losses."""
        from translate_diffusion.training import ColorizeTraining

        return ColorizeTraining(self, self._config(), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config().model_dump()

    def _config(self) -> ColorizerConfig:
        return ColorizerConfig()


class Inpaint(Recipe):
    """Train a filler of holes from whole pictures."""

    name: ClassVar[str] = "inpaint"
    data: ClassVar[DataKind] = "single"
    defaults: ClassVar[Defaults] = Defaults(
        images=180_000,
        batch=16,
        schedule="cosine",
        warmup=4_000,
        ema=8_000,
        load_size=192,
        crop_size=96,
        clip=1.0,
    )

    rate: float = Field(7e-4, gt=0)
    blind: float = Field(0.8, ge=0, le=1)
    level: float = -0.5
    spread: float = 1.2
    masks: tuple[Literal["boxes", "strokes", "borders"], ...] = ("boxes", "strokes", "borders")

    def prepare(self, ctx: TrainContext) -> Training:
        """Build the filler and its losses."""
        from translate_diffusion.training import FillTraining

        return FillTraining(self, self._config(), ctx)

    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return the settings of the network."""
        return self._config().model_dump()

    def _config(self) -> FillerConfig:
        return FillerConfig()


class Uncrop(Inpaint):
    """Train a filler of missing borders; the same network as `inpaint`."""

    name: ClassVar[str] = "uncrop"

    masks: tuple[Literal["boxes", "strokes", "borders"], ...] = ("borders",)
