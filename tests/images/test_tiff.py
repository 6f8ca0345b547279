from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from translate.images import Picture, decode
from translate.images.tiff import write_tiff

Maker = Callable[..., Any]


def written(picture: Picture) -> bytes:
    file = io.BytesIO()
    write_tiff(file, picture)
    return file.getvalue()


@settings(max_examples=40)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    channels=st.sampled_from((1, 3)),
    dtype=st.sampled_from((np.uint8, np.uint16)),
    alpha=st.booleans(),
    seed=st.integers(0, 9),
)
def test_every_sample_comes_back(
    height: int, width: int, channels: int, dtype: Any, alpha: bool, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    top = np.iinfo(dtype).max + 1
    frame = draw.integers(0, top, (height, width, channels)).astype(dtype)
    plane = (draw.integers(0, top, (height, width)).astype(dtype),) if alpha else None
    back = decode(written(Picture((frame,), plane, "TIFF")))
    assert np.array_equal(back.frames[0], np.broadcast_to(frame, back.frames[0].shape))
    assert back.frames[0].dtype == dtype
    if plane:
        assert back.alpha is not None
        assert np.array_equal(back.alpha[0], plane[0])


def test_many_strips_join(samples: Maker) -> None:
    large = samples(700, 500, dtype=np.uint16)
    data = written(Picture((large,), None, "TIFF"))
    page: Any = Image.open(io.BytesIO(data))
    assert len(page.tag_v2[273]) > 5
    assert np.array_equal(decode(data).frames[0], large)


def test_pages_of_several_kinds(samples: Maker) -> None:
    pages = (samples(9, 8), samples(5, 30, 1), samples(600, 700), samples(4, 4, 3, np.uint16))
    back = decode(written(Picture(pages, None, "TIFF")))
    assert all(np.array_equal(a, b) for a, b in zip(back.frames, pages, strict=True))
    assert [page.dtype for page in back.frames] == [page.dtype for page in pages]


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_sixteen_bit_gray_of_others_is_read(
    compression: str, file_of: Maker, samples: Maker
) -> None:
    gray = samples(channels=1, dtype=np.uint16)
    data = file_of(Image.fromarray(gray[..., 0]), "TIFF", compression=compression)
    assert np.array_equal(decode(data).frames[0], gray)
