"""What stands beside the colours: filling under it, flattening, resizing it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from translate.images.picture import Picture, Samples
from translate.images.tiles import plan_tiles

_PIECE, _REACH = 2048, 256

_Floats = NDArray[np.floating]


def resize_alpha(alpha: Samples, height: int, width: int) -> Samples:
    """Return alpha (H, W) in another size: bicubic, antialiased when it shrinks, clamped."""
    if alpha.shape == (height, width):
        return alpha
    # one path for both depths: Pillow resizes no 16-bit integers
    image = Image.fromarray(alpha.astype(np.float32))
    resized = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    levels: Samples = np.rint(np.clip(resized, 0, np.iinfo(alpha.dtype).max)).astype(alpha.dtype)
    return levels


def with_frames(picture: Picture, frames: Sequence[Samples]) -> Picture:
    """Return `picture` with other pixels; its alpha follows them in size and depth."""
    if picture.alpha is None:
        return dataclasses.replace(picture, frames=tuple(frames))
    alpha = tuple(
        resize_alpha(as_dtype(old, new.dtype), new.shape[0], new.shape[1])
        for old, new in zip(picture.alpha, frames, strict=True)
    )
    return dataclasses.replace(picture, frames=tuple(frames), alpha=alpha)


def as_dtype(samples: Samples, dtype: np.dtype[np.uint8] | np.dtype[np.uint16]) -> Samples:
    """Return samples at another depth: 255 becomes 65535, and back by rounding."""
    if samples.dtype == dtype:
        return samples
    if dtype == np.uint16:
        return samples.astype(np.uint16) * np.uint16(257)
    quotient, rest = np.divmod(samples, np.uint16(257))
    return (quotient + (rest > 128)).astype(np.uint8)


def on_white(picture: Picture) -> Samples:
    """Return the first frame of a picture, laid on white where it is transparent."""
    return _first(picture, 1.0)


def on_black(picture: Picture) -> Samples:
    """Return the first frame of a picture, laid on black where it is transparent."""
    return _first(picture, 0.0)


def _first(picture: Picture, background: float) -> Samples:
    frame = picture.frames[0]
    return flatten(frame, picture.alpha[0], background) if picture.alpha else frame


def flatten(frame: Samples, alpha: Samples, background: float = 1.0) -> Samples:
    """Return a frame laid over an even background: white, for formats without alpha.

    Args:
        frame: (H, W, C).
        alpha: (H, W).
        background: Gray level in [0, 1].
    """
    top = np.iinfo(frame.dtype).max
    flat = np.empty_like(frame)
    # row by row: a huge picture has no room for itself as floats
    for row, plane, result in zip(frame, alpha, flat, strict=True):
        share = plane[:, None].astype(np.float32) / top
        result[:] = np.rint(row * share + background * top * (1 - share))
    return flat


def fill_transparent(frame: Samples, alpha: Samples) -> Samples:
    """Return a frame whose invisible pixels continue the colours around them.

    Files hold any colour where alpha is 0, mostly black: a filter or a network would smear it
    into the visible edge. Pixels with alpha above 0 are unchanged. (Pull-push: Gortler et al.,
    The Lumigraph, SIGGRAPH 1996, section 3.4.) Large pictures are filled piece by piece, from
    what is visible within 256 pixels of the piece.

    Shape:
        frame (H, W, C), alpha (H, W) -> (H, W, C)
    """
    if alpha.all():
        return frame
    result = frame.copy()
    height, width = alpha.shape
    for tile in plan_tiles(height, width, _PIECE, _REACH, overlap=0):
        read, core = tile.read, tile.core
        place = slice(read.top, read.bottom), slice(read.left, read.right)
        weight = (alpha[place] > 0)[..., None].astype(np.float32)
        if weight.any() and not weight.all():
            filled = _pull_push(frame[place] * weight, weight)
            inner = core.within(read)
            kept = filled[inner.top : inner.bottom, inner.left : inner.right]
            result[core.top : core.bottom, core.left : core.right] = np.rint(kept)
    return result


def _pull_push(colour: _Floats, weight: _Floats) -> _Floats:
    """Fill where weight is 0 from the picture at half the size, itself filled so.

    Args:
        colour: (H, W, C), 0 where weight is 0.
        weight: (H, W, 1), 0 or 1.
    """
    height, width = weight.shape[:2]
    if weight.all() or max(height, width) == 1:
        return colour
    sums, counts = _halved(colour), _halved(weight)
    known = (counts > 0).astype(np.float32)
    half = _pull_push(sums / np.maximum(counts, 1), known)
    coarse = half.repeat(2, 0).repeat(2, 1)[:height, :width]
    return np.where(weight > 0, colour, coarse)


def _halved(values: _Floats) -> _Floats:
    """Return the sums of blocks of 2 x 2; a missing last row or column counts as 0."""
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)))
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
