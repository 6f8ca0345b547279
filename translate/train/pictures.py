"""From a picture file to the pixels that are kept in memory, and from those to a training crop.

What is always the same (decoding, background, resizing) is done once; what is drawn anew each
epoch (place of the crop, flip) is done on integers and costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from translate.errors import InputError, UsageError
from translate.train.layout import Source
from translate.train.settings import Fit, Preprocess, Settings

_NEARLY_SQUARE = 1.1
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Geometry:
    """How pictures come to the size that is trained on; see `docs/train.md`."""

    preprocess: Preprocess
    fit: Fit
    load: int
    crop: int
    flip: bool
    background: tuple[float, float, float]

    @classmethod
    def of(cls, settings: Settings, held_out: bool = False) -> Geometry:
        """Return the geometry of a run; held-out pictures are loaded at the size of the crop."""
        load = settings.crop_size if held_out else settings.load_size
        return cls(
            settings.preprocess,
            settings.fit,
            load,
            settings.crop_size,
            settings.flip and not held_out,
            colour(settings.background),
        )


def colour(name: str) -> tuple[float, float, float]:
    """Return a CSS colour as three numbers in [0, 1]. Raises UsageError for an unknown one."""
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError as error:
        raise UsageError(f"--background: '{name}' is no colour such as white or #f0f0f0") from error
    return red / 255, green / 255, blue / 255


def read(source: Source, geometry: Geometry) -> Tensor:
    """Return a picture ready for cropping, composited on the background where it has alpha.

    Shape:
        (C, H, W), uint8 in [0, 255], or int32 in [0, 65535] for pictures of 16 bits.

    Raises:
        InputError: the file cannot be decoded, or has no two halves.
    """
    pixels, alpha, top = _decode(source)
    if alpha is not None:
        pixels = _composite(pixels, alpha, geometry.background)
    picture = _half(source, pixels)
    fitted = _fit(picture, geometry, alpha is not None)
    kept = torch.uint8 if top == 255 else torch.int32
    return fitted.mul(top).round_().clamp_(0, top).to(kept)


def _decode(source: Source) -> tuple[Tensor, Tensor | None, int]:
    """Return pixels (C, H, W) and alpha (1, H, W) in [0, 1], and the largest integer."""
    array, alpha = _arrays(source)
    top = 255 if array.dtype == np.uint8 else 65535
    pixels = torch.from_numpy(array.astype(np.float32)).permute(2, 0, 1).contiguous() / top
    if alpha is None:
        return pixels, None, top
    return pixels, torch.from_numpy(alpha.astype(np.float32))[None] / top, top


def _arrays(source: Source) -> tuple[np.ndarray, np.ndarray | None]:
    if source.path.suffix == ".npy":
        return _planes(source), None
    from translate.images import decode

    picture = decode(source.path)
    return picture.frames[0], picture.alpha[0] if picture.alpha else None


def _planes(source: Source) -> np.ndarray:
    """Read an array (H, W, C) of any number of channels, uint8 or uint16."""
    try:
        array: np.ndarray = np.load(source.path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{source.path}: not a NumPy array, or a damaged one") from error
    if array.ndim != 3 or array.dtype not in (np.uint8, np.uint16) or 0 in array.shape:
        raise InputError(
            f"{source.path}: an array of pixels is (height, width, channels) in uint8 or uint16, "
            f"not {array.shape} in {array.dtype}"
        )
    return array


def _composite(pixels: Tensor, alpha: Tensor, background: tuple[float, float, float]) -> Tensor:
    behind = torch.tensor(background).view(3, 1, 1)
    gray = bool((behind == behind[0]).all())
    if pixels.shape[0] == 1 and gray:
        behind = behind[:1]
    return behind + (pixels - behind) * alpha


def _half(source: Source, picture: Tensor) -> Tensor:
    if not source.half:
        return picture
    width = picture.shape[-1]
    if width % 2:
        raise InputError(f"{source.path}: {width} pixels wide, so it has no two equal halves")
    return picture.chunk(2, dim=-1)[source.half == "right"]


def _fit(picture: Tensor, geometry: Geometry, had_alpha: bool) -> Tensor:
    mode, load, crop = geometry.preprocess, geometry.load, geometry.crop
    if mode == "resize_and_crop":
        picture = _to_square(picture, geometry, had_alpha)
    elif mode.startswith("scale_width"):
        height, width = picture.shape[-2:]
        picture = _resize(picture, max(1, round(height * load / width)), load)
    if mode != "none" and mode != "scale_width":
        picture = _pad(picture, crop, crop, geometry.background)
    return picture


def _to_square(picture: Tensor, geometry: Geometry, had_alpha: bool) -> Tensor:
    """Bring the shorter side to `load` (cover), or both: with margins (pad) or without (stretch).

    auto: pad what has alpha or is nearly square, so that icons stay whole; cover the rest.
    """
    height, width = picture.shape[-2:]
    longer, shorter = max(height, width), min(height, width)
    fit = geometry.fit
    if fit == "auto":
        fit = "pad" if had_alpha or longer <= _NEARLY_SQUARE * shorter else "cover"
    if fit == "pad":
        picture = _pad(picture, longer, longer, geometry.background)
    if fit == "cover":
        scale = geometry.load / shorter
        return _resize(picture, round(height * scale), round(width * scale))
    return _resize(picture, geometry.load, geometry.load)


def _resize(picture: Tensor, height: int, width: int) -> Tensor:
    if picture.shape[-2:] == (height, width):
        return picture
    resized = F.interpolate(
        picture[None], (height, width), mode="bicubic", antialias=True, align_corners=False
    )
    return resized[0].clamp_(0, 1)


def _pad(
    picture: Tensor, height: int, width: int, background: tuple[float, float, float]
) -> Tensor:
    """Centre the picture on the background where it is smaller than `height` x `width`."""
    channels, old_height, old_width = picture.shape
    height, width = max(height, old_height), max(width, old_width)
    if (height, width) == (old_height, old_width):
        return picture
    behind = torch.tensor(background)
    behind = behind if channels == 3 else behind.mean().expand(channels)
    canvas = behind.view(channels, 1, 1).repeat(1, height, width)
    top, left = (height - old_height) // 2, (width - old_width) // 2
    canvas[:, top : top + old_height, left : left + old_width] = picture
    return canvas


def crop(pictures: list[Tensor], geometry: Geometry, draw: Random | None) -> list[Tensor]:
    """Crop and flip pictures of one place together; None crops the centre and flips nothing."""
    height, width = pictures[0].shape[-2:]
    if geometry.preprocess not in ("none", "scale_width"):
        rows, columns = height - geometry.crop, width - geometry.crop
        top = draw.randint(0, rows) if draw else rows // 2
        left = draw.randint(0, columns) if draw else columns // 2
        window = slice(top, top + geometry.crop), slice(left, left + geometry.crop)
        pictures = [picture[:, window[0], window[1]] for picture in pictures]
    if geometry.flip and draw is not None and draw.random() < 0.5:
        pictures = [picture.flip(-1) for picture in pictures]
    return pictures


def to_float(pictures: list[Tensor], channels: int) -> Tensor:
    """Stack integer pictures as a batch of `channels`: gray becomes equal channels, or is made.

    Shape:
        (B, channels, H, W), float32 in [0, 1].
    """
    return torch.stack([_channels(_unit(picture), channels) for picture in pictures])


def _unit(picture: Tensor) -> Tensor:
    return picture.float().div_(255 if picture.dtype == torch.uint8 else 65535)


def _channels(picture: Tensor, channels: int) -> Tensor:
    if picture.shape[0] == 3 and channels == 1:
        return (picture * torch.tensor(_LUMA).view(3, 1, 1)).sum(0, keepdim=True)
    return picture.expand(channels, -1, -1)
