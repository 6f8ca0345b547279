"""Masks and references, read from their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from translate.images import decode, on_black, on_white
from translate.run.results import Size

if TYPE_CHECKING:
    from translate.images import Samples


def read_reference(path: Path, max_pixels: int) -> Samples:
    """Return the first frame of a picture file, (H, W, C), on white where it is transparent."""
    return on_white(decode(path, max_pixels=max_pixels))


def read_mask(path: Path, max_pixels: int) -> Samples:
    """Return a mask file as (H, W), uint8: its lightness, white = fill in; transparent = not."""
    import numpy as np

    samples = on_black(decode(path, max_pixels=max_pixels))
    levels = 65535 if samples.dtype == np.uint16 else 255
    weights = np.array([1.0] if samples.shape[2] == 1 else [0.299, 0.587, 0.114], np.float32)
    mask: Samples = np.rint(samples.astype(np.float32) @ weights * (255 / levels)).astype(np.uint8)
    return mask


def scaled_mask(mask: Samples, size: Size) -> Samples:
    """Return a mask in another size; a pixel is marked as far as what it covers is marked."""
    if mask.shape == size:
        return mask
    import numpy as np
    from PIL import Image

    image = Image.fromarray(mask).resize((size[1], size[0]), Image.Resampling.BOX)
    return np.array(image, np.uint8)
