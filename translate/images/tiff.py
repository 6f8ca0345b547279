"""TIFF, written with deflate and the horizontal predictor: Pillow writes no 16-bit colour.

Pages are written in strips, each followed by its directory. (TIFF 6.0, Adobe 1992.)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from typing import IO, Any

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin

from translate.images.metadata import EXIF_PREFIX
from translate.images.picture import Metadata, Picture, Samples

_STRIP = 1 << 18
_LARGEST = 2**32 - 2**20
_GRAY, _COLOUR = 1, 2
_DEFLATE, _HORIZONTAL, _STRAIGHT_ALPHA = 8, 2, 2
_XMP, _ICC = 700, 34675
_LONG, _UNDEFINED, _BYTE = 4, 7, 1
_OWN = tuple(int(ifd) for ifd in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo))


def write_tiff(file: IO[bytes], picture: Picture) -> None:
    """Write every frame as a page.

    Raises:
        ValueError: The file would pass the 4 GiB that its offsets can name.
    """
    place = file.write(b"II*\0\0\0\0\0")
    link = 4
    for index, frame in enumerate(picture.frames):
        alpha = picture.alpha[index] if picture.alpha else None
        if alpha is not None and frame.itemsize == 2:
            # Pillow, and what is built on it, cannot read 16-bit gray with alpha
            frame = _coloured(frame)
        strips = []
        for data in _strips(frame, alpha):
            strips.append((place, len(data)))
            place += file.write(data)
            if place > _LARGEST:
                raise ValueError("a TIFF cannot be larger than 4 GiB")
        place += file.write(bytes(place % 2))
        directory = _directory(frame, alpha, strips, picture.metadata)
        data = _with_offsets(directory.tobytes(place), place, [start for start, _ in strips])
        file.seek(link)
        file.write(struct.pack("<I", place))
        file.seek(place)
        # the link to the next page stands behind the entries; Pillow leaves it 0
        link = place + 2 + 12 * struct.unpack_from("<H", data)[0]
        place += file.write(data)
        place += file.write(bytes(place % 2))


def _coloured(frame: Samples) -> Samples:
    return frame if frame.shape[2] == 3 else np.concatenate([frame, frame, frame], axis=2)


def _rows_per_strip(frame: Samples, alpha: Samples | None) -> int:
    channels = frame.shape[2] + (alpha is not None)
    return int(max(1, _STRIP // (frame.shape[1] * channels * frame.itemsize)))


def _strips(frame: Samples, alpha: Samples | None) -> Iterator[bytes]:
    rows = _rows_per_strip(frame, alpha)
    for top in range(0, len(frame), rows):
        band = frame[top : top + rows]
        if alpha is not None:
            band = np.concatenate([band, alpha[top : top + rows, :, None]], axis=2)
        difference = band.copy()
        np.subtract(band[:, 1:], band[:, :-1], out=difference[:, 1:])
        yield zlib.compress(difference.astype(difference.dtype.newbyteorder("<")).tobytes(), 6)


def _directory(
    frame: Samples, alpha: Samples | None, strips: list[tuple[int, int]], metadata: Metadata
) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Return a page's tags: how its samples lie, and what is kept of the picture's metadata."""
    height, width, colours = frame.shape
    channels = colours + (alpha is not None)
    directory = TiffImagePlugin.ImageFileDirectory_v2(ifh=b"II*\0\0\0\0\0")
    _add_exif(directory, metadata.exif)
    layout: dict[int, Any] = {
        TiffImagePlugin.IMAGEWIDTH: width,
        TiffImagePlugin.IMAGELENGTH: height,
        TiffImagePlugin.BITSPERSAMPLE: (8 * frame.itemsize,) * channels,
        TiffImagePlugin.COMPRESSION: _DEFLATE,
        TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: _GRAY if colours == 1 else _COLOUR,
        TiffImagePlugin.STRIPOFFSETS: (0,) * len(strips),
        TiffImagePlugin.SAMPLESPERPIXEL: channels,
        TiffImagePlugin.ROWSPERSTRIP: _rows_per_strip(frame, alpha),
        TiffImagePlugin.STRIPBYTECOUNTS: tuple(size for _, size in strips),
        TiffImagePlugin.PREDICTOR: _HORIZONTAL,
    }
    if alpha is not None:
        layout[TiffImagePlugin.EXTRASAMPLES] = _STRAIGHT_ALPHA
    if metadata.dpi:
        across, down = (Fraction(value).limit_denominator(1000) for value in metadata.dpi)
        layout |= {
            TiffImagePlugin.X_RESOLUTION: TiffImagePlugin.IFDRational(across),
            TiffImagePlugin.Y_RESOLUTION: TiffImagePlugin.IFDRational(down),
            TiffImagePlugin.RESOLUTION_UNIT: 2,
        }
    for tag, value in layout.items():
        directory[tag] = value
    for tag, blob, kind in ((_XMP, metadata.xmp, _BYTE), (_ICC, metadata.icc, _UNDEFINED)):
        if blob:
            directory.tagtype[tag] = kind
            directory[tag] = blob
    for tag in (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.STRIPBYTECOUNTS):
        directory.tagtype[tag] = _LONG
    return directory


def _with_offsets(directory: bytes, place: int, starts: list[int]) -> bytes:
    """Fill in where the strips start: Pillow's directories count from their own end."""
    data = bytearray(directory)
    (entries,) = struct.unpack_from("<H", data)
    for entry in range(2, 2 + 12 * entries, 12):
        if struct.unpack_from("<H", data, entry)[0] == TiffImagePlugin.STRIPOFFSETS:
            (value,) = struct.unpack_from("<I", data, entry + 8)
            target = entry + 8 if len(starts) == 1 else value - place
            struct.pack_into(f"<{len(starts)}I", data, target, *starts)
    return bytes(data)


def _add_exif(directory: TiffImagePlugin.ImageFileDirectory_v2, exif: bytes | None) -> None:
    """Spread an EXIF block over the directory: its first level, and its own directories."""
    if not exif:
        return
    block = Image.Exif()
    block.load(EXIF_PREFIX + exif)
    for tag, value in block.items():
        if tag not in _OWN:
            directory[tag] = value
    for ifd in _OWN:
        if entries := block.get_ifd(ifd):
            directory[ifd] = dict(entries)
