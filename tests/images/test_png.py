from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from translate.images import Picture, decode
from translate.images.png import write_png

Maker = Callable[..., Any]


def written(picture: Picture, level: int = 1) -> bytes:
    file = io.BytesIO()
    write_png(file, picture, level)
    return file.getvalue()


@settings(max_examples=40)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    channels=st.sampled_from((1, 3)),
    dtype=st.sampled_from((np.uint8, np.uint16)),
    alpha=st.booleans(),
    level=st.sampled_from((0, 1, 2, 6, 9)),
    seed=st.integers(0, 9),
)
def test_every_sample_comes_back(
    height: int, width: int, channels: int, dtype: Any, alpha: bool, level: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    top = np.iinfo(dtype).max + 1
    frame = draw.integers(0, top, (height, width, channels)).astype(dtype)
    plane = (draw.integers(0, top, (height, width)).astype(dtype),) if alpha else None
    back = decode(written(Picture((frame,), plane, "PNG"), level))
    assert np.array_equal(back.frames[0], frame)
    assert (back.alpha is None) == (plane is None)
    if plane and back.alpha:
        assert np.array_equal(back.alpha[0], plane[0])


@pytest.mark.parametrize("level", [1, 6])
def test_bands_join_without_a_trace(level: int, samples: Maker) -> None:
    tall = samples(900, 700)
    assert np.array_equal(decode(written(Picture((tall,), None, "PNG"), level)).frames[0], tall)


def test_a_higher_level_is_smaller() -> None:
    y, x = np.mgrid[:120, :160] / 160
    smooth = np.stack([np.sin(5 * x + 3 * y), np.cos(4 * y), x * y], -1)
    picture = Picture(((smooth * 100 + 120).astype(np.uint8),), None, "PNG")
    fast, small = (len(written(picture, level)) for level in (1, 9))
    assert small < 0.7 * fast


def test_pillow_reads_it_as_its_own(samples: Maker) -> None:
    frame = samples()
    image = Image.open(io.BytesIO(written(Picture((frame,), None, "PNG"))))
    image.verify()
    assert image.mode == "RGB"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_animations_keep_frames_timing_and_loop(dtype: Any, samples: Maker) -> None:
    frames = tuple(samples(9, 11, 3, dtype, phase=i) for i in range(3))
    alpha = tuple(np.full((9, 11), i, dtype) for i in (0, 100, 200))
    picture = Picture(frames, alpha, "PNG", durations=(30, 70_000, 110), loop=4)
    back = decode(written(picture))
    assert back.durations == (30, 65_535, 110)
    assert back.loop == 4
    assert back.alpha is not None
    if dtype == np.uint8:
        assert all(np.array_equal(a, b) for a, b in zip(back.frames, frames, strict=True))


def test_chunks_stand_in_the_order_that_the_standard_asks_for(samples: Maker) -> None:
    data = written(Picture((samples(),) * 2, None, "PNG", (10, 10)))
    kinds, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kinds.append(data[place + 4 : place + 8])
        place += 12 + length
    assert kinds == [b"IHDR", b"acTL", b"fcTL", b"IDAT", b"fcTL", b"fdAT", b"IEND"]


def test_a_large_picture_is_not_copied() -> None:
    frame = np.zeros((4000, 3000, 3), np.uint8)

    class Sink(io.BytesIO):
        def write(self, data: Any) -> int:
            return len(data)

    tracemalloc.start()
    write_png(Sink(), Picture((frame,), None, "PNG"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < frame.nbytes / 3
