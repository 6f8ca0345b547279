"""Settings of one run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

PrecisionChoice = Literal["auto", "float32", "bfloat16", "float16"]
MetadataChoice = Literal["keep", "strip"]

_SHAPING = ("seed", "format", "quality", "png_level", "metadata", "precision", "tile")


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is done. What shapes the outputs' bytes is part of the recipe (`shaping`)."""

    seed: int = 0
    format: str | None = None
    """Extension that every output gets, such as "png"; None keeps the input's."""
    quality: int | None = None
    """1-100 for JPEG, WebP and AVIF; None = the format's own default."""
    png_level: int | None = None
    """zlib level 0-9; None = the fast strategy."""
    metadata: MetadataChoice = "keep"
    precision: PrecisionChoice = "auto"
    tile: int | None = None
    """Side of a tile in input pixels; 0 = never tile; None = tile what is large."""
    device: str = "auto"
    batch: int | None = None
    """Pictures (or tiles) per call of a stage; None = 1 on the CPU, 8 on a GPU."""
    workers: int | None = None
    """Threads; None = one per core that the process may use."""
    max_pixels: int | None = None
    """Largest picture that is decoded; None = the limit of `translate.images`."""
    fail_fast: bool = False
    overwrite: bool = False
    """Make everything again, and replace files that no run of translate has made."""
    compile: bool = False

    def shaping(self) -> dict[str, object]:
        """Return the settings that the outputs' bytes depend on."""
        every = asdict(self)
        return {name: every[name] for name in _SHAPING}
