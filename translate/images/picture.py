"""A decoded picture and what is known of one before it is decoded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What travels beside the pixels, from the input file to the output file."""

    exif: bytes | None = None
    """A TIFF structure without the "Exif" prefix; its orientation is 1."""
    xmp: bytes | None = None
    icc: bytes | None = None
    """A profile that the pixels agree with: always one that means sRGB, or a gray equal of it."""
    dpi: tuple[float, float] | None = None
    """Pixels per inch, across and down."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded file: upright, in sRGB or gray, with its alpha beside it.

    Shape:
        frames: each (H, W, C), uint8 or uint16, C-contiguous, C = 1 or 3. Only the pages of a
        TIFF may differ in size, channels and depth.
        alpha: each (H, W), dtype of its frame, 0 = transparent; colours are not premultiplied.
    """

    frames: tuple[Samples, ...]
    alpha: tuple[Samples, ...] | None
    format: str
    """What the file was by content: a key of `TRAITS`."""
    durations: tuple[int, ...] = ()
    """Milliseconds that each frame is shown, when the picture is animated."""
    loop: int = 0
    """How often an animation plays; 0 = for ever."""
    metadata: Metadata = dataclasses.field(default_factory=Metadata)

    @property
    def bits(self) -> Literal[8, 16]:
        """Bits per sample: 16 where any frame has them."""
        return 16 if any(frame.itemsize == 2 for frame in self.frames) else 8

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the first frame."""
        height, width = self.frames[0].shape[:2]
        return height, width


@dataclass(frozen=True, slots=True)
class Probe:
    """What the header of a file says: enough to plan a run with."""

    format: str
    width: int
    """Of the upright picture."""
    height: int
    frames: int
    channels: Literal[1, 3]
    bits: Literal[8, 16]
    has_alpha: bool
