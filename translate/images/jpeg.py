"""JPEG samples straight from and to arrays, by libjpeg-turbo.

Pillow codes with the same library, but keeps four bytes a pixel: between those and an array every
sample is copied twice, each way. What is not plain (CMYK, damaged, cut short) is left to Pillow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from translate.images.metadata import EXIF_PREFIX
from translate.images.picture import Metadata, Samples

QUALITY = 95
FULL_CHROMA = 90
"""From this quality on colour is kept at full resolution (4:4:4)."""
_XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
_ICC_PREFIX = b"ICC_PROFILE\0"
_LARGEST = 65533
"""Bytes in one segment: EXIF or XMP that is larger has no place in a JPEG."""
_MOST_PARTS = 255
"""Segments that a profile may be spread over: they are numbered in a byte."""
_JFIF = 20
"""Bytes of the start of image and the JFIF segment that an encoder begins with."""


def read_jpeg(data: bytes, mode: str) -> NDArray[np.uint8] | None:
    """Return the samples of a plain JPEG, as they lie in the file, or None where it is not one.

    Args:
        data: The whole file.
        mode: "L" or "RGB", as Pillow calls what the file holds.

    Shape:
        (H, W, 1 or 3), uint8.
    """
    try:
        samples: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, {"L": "GRAY", "RGB": "RGB"}[mode])
    except (KeyError, ValueError):
        return None
    return samples


def write_jpeg(file: IO[bytes], frame: Samples, quality: int | None, metadata: Metadata) -> None:
    """Write a JPEG with its EXIF, XMP, profile and resolution.

    Args:
        file: Open for writing.
        frame: (H, W, 1 or 3), uint8.
        quality: 1 to 100; 95 by default.
        metadata: What the format has no room for is left out.
    """
    chosen = QUALITY if quality is None else quality
    gray = frame.shape[2] == 1
    data = simplejpeg.encode_jpeg(
        np.ascontiguousarray(frame),
        quality=chosen,
        colorspace="GRAY" if gray else "RGB",
        colorsubsampling="Gray" if gray else "444" if chosen >= FULL_CHROMA else "420",
    )
    file.write(_head(metadata))
    file.write(memoryview(data)[_JFIF:])


def _head(metadata: Metadata) -> bytes:
    """Return the start of image, JFIF (ITU-T T.871), and a segment for each piece of metadata."""
    unit, x, y = 0, 1, 1
    if metadata.dpi:
        unit, (x, y) = 1, (min(max(1, round(value)), 65535) for value in metadata.dpi)
    jfif = struct.pack(">5s2BB2H2B", b"JFIF\0", 1, 1, unit, x, y, 0, 0)
    return b"\xff\xd8" + b"".join([_segment(0xE0, jfif), *_told(metadata)])


def _told(metadata: Metadata) -> Iterator[bytes]:
    for prefix, content in ((EXIF_PREFIX, metadata.exif), (_XMP_PREFIX, metadata.xmp)):
        if content and len(prefix) + len(content) <= _LARGEST:
            yield _segment(0xE1, prefix + content)
    icc, size = metadata.icc or b"", _LARGEST - len(_ICC_PREFIX) - 2
    parts = [icc[i : i + size] for i in range(0, len(icc), size)]
    if len(parts) > _MOST_PARTS:
        return
    for number, part in enumerate(parts, 1):
        yield _segment(0xE2, _ICC_PREFIX + bytes((number, len(parts))) + part)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
