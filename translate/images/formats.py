"""The formats that are read and written, and what each of them can hold. Imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Traits:
    """What a format can hold when it is written."""

    extensions: tuple[str, ...]
    """Lower case, with the dot; the first is the one that new files get."""
    bits: Literal[8, 16] = 8
    """Most bits per sample."""
    alpha: bool = False
    frames: Literal["one", "animation", "pages"] = "one"
    max_side: int = 2**31 - 1
    """Most pixels along one side."""


TRAITS: Mapping[str, Traits] = MappingProxyType(
    {
        "JPEG": Traits((".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), max_side=65500),
        "PNG": Traits((".png", ".apng"), bits=16, alpha=True, frames="animation"),
        "WEBP": Traits((".webp",), alpha=True, frames="animation", max_side=16383),
        "AVIF": Traits((".avif", ".avifs"), alpha=True, frames="animation", max_side=16384),
        "TIFF": Traits((".tif", ".tiff"), bits=16, alpha=True, frames="pages"),
        "BMP": Traits((".bmp", ".dib")),
        "GIF": Traits((".gif",), alpha=True, frames="animation", max_side=65535),
    }
)
"""By format name, as Pillow spells it."""

FORMATS: Mapping[str, str] = MappingProxyType(
    {extension: name for name, traits in TRAITS.items() for extension in traits.extensions}
)
"""Format name by lower-case extension, dot included: `FORMATS[".jpg"] == "JPEG"`."""


def extension_for(name: str) -> str:
    """Return the extension that a new file of format `name` gets, such as ".jpg"."""
    return TRAITS[name].extensions[0]
