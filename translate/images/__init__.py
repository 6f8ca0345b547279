"""Files to pictures and back, and tiles of what is too large. See docs/images.md.

Names are imported when they are asked for: this package costs nothing until a picture is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from translate.images.formats import FORMATS, TRAITS, Traits, extension_for

if TYPE_CHECKING:
    from translate.images.alpha import (
        fill_transparent,
        flatten,
        on_black,
        on_white,
        resize_alpha,
        with_frames,
    )
    from translate.images.decoder import DEFAULT_MAX_PIXELS, decode, probe
    from translate.images.encoder import encode, encode_to, save, write_atomic
    from translate.images.picture import Metadata, Picture, Probe, Samples
    from translate.images.tensor import to_array, to_tensor
    from translate.images.tiles import Box, Tile, crop_to, pad_to, plan_tiles, stitch

_HOMES = {
    "alpha": ("fill_transparent", "flatten", "on_black", "on_white", "resize_alpha", "with_frames"),
    "decoder": ("DEFAULT_MAX_PIXELS", "decode", "probe"),
    "encoder": ("encode", "encode_to", "save", "write_atomic"),
    "picture": ("Metadata", "Picture", "Probe", "Samples"),
    "tensor": ("to_array", "to_tensor"),
    "tiles": ("Box", "Tile", "crop_to", "pad_to", "plan_tiles", "stitch"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "FORMATS",
    "TRAITS",
    "Box",
    "Metadata",
    "Picture",
    "Probe",
    "Samples",
    "Tile",
    "Traits",
    "crop_to",
    "decode",
    "encode",
    "encode_to",
    "extension_for",
    "fill_transparent",
    "flatten",
    "on_black",
    "on_white",
    "pad_to",
    "plan_tiles",
    "probe",
    "resize_alpha",
    "save",
    "stitch",
    "to_array",
    "to_tensor",
    "with_frames",
    "write_atomic",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
