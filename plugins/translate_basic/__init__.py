"""Built-in plugin `basic`: the pre- and post-processing that people chain."""

from translate import Stage, hookimpl
from translate_basic.canvas import Flatten, Pad, Unflatten
from translate_basic.color import (
    Brightness,
    Contrast,
    Gamma,
    Gray,
    Hsv,
    Hue,
    Identity,
    Invert,
    Lab,
    Posterize,
    Rgb,
    Saturation,
    Solarize,
    Threshold,
)
from translate_basic.degrade import JpegArtifacts, Noise
from translate_basic.edges import Edges, PencilSketch
from translate_basic.filters import Blur, Denoise, Sharpen
from translate_basic.geometry import Crop, Flip, Resize, Rotate, UpscaleBicubic
from translate_basic.masks import (
    MaskBorder,
    MaskBox,
    MaskFromAlpha,
    MaskFromColor,
    MaskFromThreshold,
    MaskGrow,
    MaskInvert,
    MaskScratches,
    MaskShow,
)
from translate_basic.mix import Blend, Keep
from translate_basic.tone import AutoLevels, Clahe, Equalize

_STAGES: tuple[type[Stage], ...] = (
    *(Identity, Resize, UpscaleBicubic, Crop, Pad, Flip, Rotate, Flatten, Unflatten),
    *(Gray, Rgb, Invert, Brightness, Contrast, Gamma, Saturation, Hue, Hsv, Lab),
    *(AutoLevels, Equalize, Clahe, Posterize, Solarize, Threshold),
    *(Blur, Sharpen, Denoise, Edges, PencilSketch, JpegArtifacts, Noise),
    *(Keep, Blend),
    *(MaskFromAlpha, MaskFromColor, MaskFromThreshold, MaskBox, MaskBorder, MaskScratches),
    *(MaskGrow, MaskInvert, MaskShow),
)


@hookimpl
def register_stages() -> list[type[Stage]]:
    """Return every stage of this plugin."""
    return list(_STAGES)
