"""Whatever colours a file has, as sRGB or gray, through its ICC profile."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_SPACES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_CLOSE = 2
"""Levels of 255 within which a profile means sRGB: it is then kept and nothing converted."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How pixels that carry a profile become sRGB."""

    transform: ImageCms.ImageCmsTransform | None
    """None where the profile already means sRGB."""


def space_of(icc: bytes) -> str | None:
    """Return the Pillow mode of the colours that a profile describes: RGB, L or CMYK."""
    return _SPACES.get(icc[16:20])


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return a small sRGB profile, the same bytes at any time of day."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes((0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # date: 2024-01-01
    profile[84:100] = bytes(16)  # the digest that covered the old date
    return bytes(profile)


@lru_cache(maxsize=16)
def conversion(icc: bytes, mode: str) -> Conversion | None:
    """Return how pixels of `mode` (RGB, L, CMYK) with profile `icc` become sRGB.

    Returns:
        None where the profile is broken or describes another kind of pixels.
    """
    if space_of(icc) != mode:
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=_INTENT,
            flags=_FLAGS,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return Conversion(None if _means_srgb(transform, mode) else transform)


def _means_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode == "CMYK":
        return False
    chart = _chart(mode)
    after = np.asarray(transform.apply(chart), np.int16)
    before = np.asarray(chart.convert("RGB"), np.int16)
    return int(np.abs(after - before).max()) <= _CLOSE


def _chart(mode: str) -> Image.Image:
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
    return Image.fromarray(grid)


def to_srgb(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None]:
    """Return a picture in mode L or RGB, and the profile that its pixels now agree with.

    A profile that means sRGB is kept as it is. Another one is applied: RGB and CMYK then get
    the plain sRGB profile, gray gets none. A broken profile is left out, its pixels taken for
    sRGB; CMYK without a profile is converted by the plain formula.

    Args:
        image: Mode L, RGB, CMYK or LAB.
        icc: The file's profile.
    """
    if image.mode == "LAB":
        return _from_lab(image), srgb_profile()
    plan = conversion(icc, image.mode) if icc else None
    if plan is None:
        return (image.convert("RGB") if image.mode == "CMYK" else image), None
    if plan.transform is None:
        return image, icc
    converted = plan.transform.apply(image)
    if image.mode == "L":
        return converted.getchannel("G"), None
    return converted, srgb_profile()


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.createProfile("LAB"),
        ImageCms.createProfile("sRGB"),
        renderingIntent=_INTENT,
        outputMode="RGB",
    )
    if converted is None:
        raise ValueError("Lab colours cannot be converted")
    return converted


def to_srgb_deep(
    samples: NDArray[np.uint16], icc: bytes | None
) -> tuple[NDArray[np.uint16], bytes | None]:
    """Do the same for 16-bit samples (H, W, C), which LittleCMS in Pillow does not take.

    A profile of curves and a matrix (Adobe RGB, Display P3, ProPhoto, gray gamma) is applied at
    full depth; one of tables goes through 8 bits.
    """
    from translate.images.icc import matrix_profile

    mode = "L" if samples.shape[2] == 1 else "RGB"
    plan = conversion(icc, mode) if icc else None
    if icc is None or plan is None:
        return samples, None
    if plan.transform is None:
        return samples, icc
    kept = None if mode == "L" else srgb_profile()
    profile = matrix_profile(icc)
    if profile is not None:
        return profile.to_srgb(samples), kept
    eight = np.rint(samples / 257).astype(np.uint8)
    shallow = Image.fromarray(eight[..., 0] if mode == "L" else eight)
    converted, kept = to_srgb(shallow, icc)
    wide = np.asarray(converted).astype(np.uint16) * np.uint16(257)
    return wide.reshape(samples.shape), kept
