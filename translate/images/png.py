"""PNG and APNG, written fast: the Sub filter in NumPy and zlib's run-length strategy.

Pillow's encoder tries five filters on each row and then searches for long matches; on photographs
and network output one filter and runs alone come out about as small in a tenth of the time. See
docs/decisions/0002. (PNG Specification, Third Edition, W3C 2025.)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from translate.images.picture import Metadata, Picture, Samples

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BAND = 1 << 20
_CHUNK = 1 << 16
_COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}
_INCHES = 0.0254

_Bytes = NDArray[np.uint8]
_Filter = Callable[[_Bytes, _Bytes, int], _Bytes]


def write_png(file: IO[bytes], picture: Picture, level: int = 1) -> None:
    """Write a picture in bands of rows: it is never copied as a whole.

    Args:
        file: Open for writing.
        picture: Of one frame, or of several of one size, depth and channel count: an APNG.
        level: 1 = fast. 2 to 9 = smaller and slower: filters chosen row by row, zlib's level.
    """
    height, width, channels = picture.frames[0].shape
    channels += picture.alpha is not None
    count = len(picture.frames)
    file.write(_SIGNATURE)
    header = (width, height, picture.bits, _COLOUR_TYPE[channels], 0, 0, 0)
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", *header))
    _write_metadata(file, picture.metadata)
    if count > 1:
        _chunk(file, b"acTL", struct.pack(">II", count, picture.loop))
    sequence = 0
    for index, frame in enumerate(picture.frames):
        if count > 1:
            _chunk(file, b"fcTL", _frame_control(sequence, width, height, _delay(picture, index)))
            sequence += 1
        alpha = picture.alpha[index] if picture.alpha else None
        for data in _compressed(frame, alpha, level):
            if index == 0:
                _chunk(file, b"IDAT", data)
            else:
                _chunk(file, b"fdAT", struct.pack(">I", sequence) + data)
                sequence += 1
    _chunk(file, b"IEND", b"")


def _chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind)
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _write_metadata(file: IO[bytes], metadata: Metadata) -> None:
    if metadata.icc:
        _chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi:
        across, down = (min(2**31 - 1, round(value / _INCHES)) for value in metadata.dpi)
        _chunk(file, b"pHYs", struct.pack(">IIB", across, down, 1))
    if metadata.exif:
        _chunk(file, b"eXIf", metadata.exif)
    if metadata.xmp:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)


def _delay(picture: Picture, index: int) -> int:
    return min(65535, picture.durations[index]) if picture.durations else 0


def _frame_control(sequence: int, width: int, height: int, milliseconds: int) -> bytes:
    """Return a whole frame's fcTL: shown so long, then replaced by the next."""
    return struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, milliseconds, 1000, 0, 0)


def _compressed(frame: Samples, alpha: Samples | None, level: int) -> Iterator[bytes]:
    """Yield the zlib stream of a frame piece by piece, none of them empty."""
    fast = level <= 1
    strategy = zlib.Z_RLE if fast else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(max(1, level), zlib.DEFLATED, 15, 9, strategy)
    choose = _sub if fast else _best
    ready = bytearray()
    for rows, above, pixel in _bands(frame, alpha):
        ready += packer.compress(choose(rows, above, pixel).data)
        if len(ready) >= _CHUNK:
            yield bytes(ready)
            ready.clear()
    yield bytes(ready) + packer.flush()


def _bands(frame: Samples, alpha: Samples | None) -> Iterator[tuple[_Bytes, _Bytes, int]]:
    """Yield (rows as bytes, the same rows moved down by one, bytes per pixel)."""
    height, width, channels = frame.shape
    channels += alpha is not None
    pixel = channels * frame.itemsize
    count = max(1, _BAND // (width * pixel))
    last: _Bytes = np.zeros((1, width * pixel), np.uint8)
    for top in range(0, height, count):
        band = frame[top : top + count]
        if alpha is not None:
            band = np.concatenate([band, alpha[top : top + count, :, None]], axis=2)
        if band.dtype == np.uint16:
            band = band.astype(">u2")
        rows = np.ascontiguousarray(band).view(np.uint8).reshape(len(band), width * pixel)
        yield rows, np.concatenate([last, rows[:-1]]), pixel
        last = rows[-1:]


def _sub(rows: _Bytes, _above: _Bytes, pixel: int) -> _Bytes:
    """Return rows as differences to the pixel on the left, the filter's number before each."""
    result = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    result[:, 0] = 1
    result[:, 1 : pixel + 1] = rows[:, :pixel]
    np.subtract(rows[:, pixel:], rows[:, :-pixel], out=result[:, pixel + 1 :])
    return result


def _best(rows: _Bytes, above: _Bytes, pixel: int) -> _Bytes:
    """Return each row by the filter with the least sum of absolute differences (section 12.7)."""
    left = np.zeros_like(rows)
    left[:, pixel:] = rows[:, :-pixel]
    corner = np.zeros_like(rows)
    corner[:, pixel:] = above[:, :-pixel]
    mean = ((left.astype(np.uint16) + above) >> 1).astype(np.uint8)
    guesses = (np.zeros_like(rows), left, above, mean, _paeth(left, above, corner))
    best = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    least = np.full(rows.shape[0], np.iinfo(np.int64).max)
    for number, guess in enumerate(guesses):
        difference = rows - guess
        cost = np.abs(difference.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64)
        better = cost < least
        best[better, 0] = number
        best[better, 1:] = difference[better]
        least = np.minimum(least, cost)
    return best


def _paeth(left: _Bytes, above: _Bytes, corner: _Bytes) -> _Bytes:
    a, b, c = (values.astype(np.int16) for values in (left, above, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    nearest = np.where((to_a <= to_b) & (to_a <= to_c), left, np.where(to_b <= to_c, above, corner))
    return nearest.astype(np.uint8)
