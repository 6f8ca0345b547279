"""Settings of the networks, kept inside their weights. No torch here: contracts read them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class UpscalerConfig(BaseModel):
    """A residual encoder at the small picture's size, and a diffusion of what it misses."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    generator: Literal["diffusion-upscaler"] = "diffusion-upscaler"
    factor: int = Field(4, ge=2, le=8)
    width: int = Field(48, ge=8)
    """Channels of the encoder."""
    blocks: int = Field(12, ge=1)
    """Residual blocks of the encoder."""
    detail_widths: tuple[int, ...] = (64, 96)
    """Channels per level of the diffusion's U-Net."""
    exact: bool = True
    """Whether a result has to agree with the small picture; not so where that was spoilt."""
    residual_scale: float = 20.0
    """Brings what the encoder misses, in [0, 1] values, to about unit variance."""


class ColorizerConfig(BaseModel):
    """A diffusion of Lab chroma, conditioned on luminance."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    generator: Literal["diffusion-colorizer"] = "diffusion-colorizer"
    patch: int = 4
    widths: tuple[int, ...] = (64, 96, 136)
    size: int = Field(128, ge=32)
    """Shorter side that pictures are coloured at, in pixels."""
    guide: int = Field(0, ge=0)
    """Channels of what an image classifier tells of the picture; 0 = it is not asked."""
    chroma_scale: float = 16.0
    """Standard deviation of a and b, in Lab units: brings them to unit variance."""


class FillerConfig(BaseModel):
    """A diffusion of what is missing, conditioned on what is known and on the mask."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    generator: Literal["diffusion-filler"] = "diffusion-filler"
    patch: int = 4
    widths: tuple[int, ...] = (64, 96, 136)
    window: int = Field(96, ge=32)
    """Side of the pictures it was trained on, in pixels."""
    residual_scale: float = 8.0
    """Brings the difference to a smooth fill, in [0, 1] values, to about unit variance."""
