from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from translate.images import decode, probe

Maker = Callable[..., Any]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deep_png(samples: Any, transparent: tuple[int, ...] = (), interlaced: bool = False) -> bytes:
    """Write 16 bits without filters: a reader is not to be checked by its own writer alone."""
    height, width, channels = samples.shape
    big = samples.astype(">u2")
    adam7 = ("0088", "0488", "4084", "0244", "2042", "0122", "1021")
    passes = [tuple(map(int, digits)) for digits in (adam7 if interlaced else ("0011",))]
    raw = b"".join(
        b"\0" + row.tobytes()
        for top, left, down, across in passes
        for row in big[top::down, left::across]
        if row.size
    )
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, int(interlaced))
    trns = chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + (trns if transparent else b"")
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_all_sixteen_bits_of_a_png_are_read(
    channels: int, interlaced: bool, samples: Maker, tmp_path: Path
) -> None:
    deep = samples(channels=channels, dtype=np.uint16)
    data = deep_png(deep, interlaced=interlaced)
    path = tmp_path / "deep.png"
    path.write_bytes(data)
    colours = 1 if channels < 3 else 3
    for picture in (decode(data), decode(path)):
        assert picture.frames[0].dtype == np.uint16
        assert np.array_equal(picture.frames[0], deep[..., :colours])
        if channels in (2, 4):
            assert picture.alpha is not None
            assert np.array_equal(picture.alpha[0], deep[..., -1])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_transparent_colour_of_sixteen_bits(channels: int) -> None:
    deep = np.full((2, 3, channels), 4660, np.uint16)
    deep[0, 0] = 4661
    picture = decode(deep_png(deep, transparent=(4660,) * channels))
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [[65535, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_header_tells_sixteen_bits(channels: int, samples: Maker) -> None:
    told = probe(deep_png(samples(channels=channels, dtype=np.uint16)))
    assert told.bits == 16
    assert told.channels == (1 if channels < 3 else 3)
    assert told.has_alpha == (channels in (2, 4))
