from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from translate.errors import InputError
from translate.images import (
    TRAITS,
    Picture,
    decode,
    encode,
    encode_to,
    save,
    write_atomic,
)

Maker = Callable[..., Any]


@pytest.fixture
def picture(samples: Maker) -> Picture:
    return Picture((samples(),), None, "PNG")


@pytest.fixture
def clip(samples: Maker) -> Picture:
    frames = tuple(samples(phase=2.0 * i) for i in range(3))
    return Picture(frames, None, "GIF", durations=(40, 80, 120), loop=2)


@pytest.mark.parametrize("format", TRAITS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_format_shows_the_picture(
    format: str, dtype: Any, channels: int, samples: Maker
) -> None:
    frame = samples(channels=channels, dtype=dtype)
    back = decode(encode(Picture((frame,), None, "PNG"), format))
    assert back.format == format
    assert back.bits == (16 if dtype == np.uint16 and TRAITS[format].bits == 16 else 8)
    gap = back.frames[0] / np.iinfo(back.frames[0].dtype).max - frame / np.iinfo(dtype).max
    assert np.abs(gap).mean() < 0.03
    if format in ("PNG", "TIFF", "BMP"):
        assert np.abs(gap).max() <= 0.5 / 255


@pytest.mark.parametrize("format", TRAITS)
def test_alpha_is_kept_or_laid_over_white(format: str) -> None:
    alpha = np.zeros((16, 16), np.uint8)
    alpha[:, 8:] = 255
    frame = np.full((16, 16, 3), 40, np.uint8)
    back = decode(encode(Picture((frame,), (alpha,), "PNG"), format))
    if TRAITS[format].alpha:
        assert back.alpha is not None
        assert np.abs(back.alpha[0].astype(int) - alpha).max() <= 3
    else:
        assert back.alpha is None
        assert back.frames[0][:, :6].min() > 245
    assert np.abs(back.frames[0][:, 10:].astype(int) - 40).max() <= 8


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("alpha", [False, True])
def test_animations_go_out_as_they_came(format: str, alpha: bool, clip: Picture) -> None:
    plane = np.zeros((37, 53), np.uint8)
    plane[5:30, 9:40] = 255
    source = Picture(clip.frames, (plane,) * 3 if alpha else None, "GIF", clip.durations, clip.loop)
    back = decode(encode(source, format))
    assert len(back.frames) == 3
    assert back.durations == (40, 80, 120)
    # AVIF has no place for it in Pillow
    assert back.loop == (0 if format == "AVIF" else 2)
    assert (back.alpha is not None) == alpha
    for new, old in zip(back.frames, clip.frames, strict=True):
        assert np.abs(new[6:29, 10:39].astype(int) - old[6:29, 10:39]).mean() < 12


@pytest.mark.parametrize("loop", [0, 1, 7])
@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_loops_mean_the_same_in_each_format(format: str, loop: int, clip: Picture) -> None:
    assert decode(encode(Picture(clip.frames, None, "GIF", (40,) * 3, loop), format)).loop == loop


@pytest.mark.parametrize("format", ["JPEG", "BMP"])
def test_frames_are_never_dropped_in_silence(format: str, clip: Picture) -> None:
    with pytest.raises(InputError, match=f"has 3 frames and {format} holds one"):
        encode(clip, format)


@pytest.mark.parametrize("other", [(8, 9), (5, 5)])
def test_pages_fit_only_a_tiff(other: tuple[int, int], samples: Maker) -> None:
    """An animation without timing would be a flicker, not a document."""
    pages = Picture((samples(8, 9), samples(*other)), None, "TIFF")
    with pytest.raises(InputError, match="has 2 pages and GIF holds none; write TIFF"):
        encode(pages, "GIF")
    assert len(decode(encode(pages, "TIFF")).frames) == 2


def test_frames_of_two_depths_become_one(samples: Maker) -> None:
    frames = (samples(), samples(dtype=np.uint16))
    back = decode(encode(Picture(frames, None, "PNG", durations=(10, 10)), "PNG"))
    assert np.abs(back.frames[0].astype(int) - back.frames[1]).max() <= 257


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_frames_that_repeat_keep_their_time(format: str, samples: Maker) -> None:
    """Writers may join them."""
    frames = (samples(), samples(), samples(phase=2.0))
    back = decode(encode(Picture(frames, None, "GIF", durations=(40, 80, 120)), format))
    assert sum(back.durations) == 240


def test_a_side_too_long_is_said_before_work_begins() -> None:
    wide = Picture((np.zeros((1, 16_384, 3), np.uint8),), None, "PNG")
    with pytest.raises(InputError, match=r"16384 x 1 is larger than WEBP holds \(16383 a side\)"):
        encode(wide, "WEBP")


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF"])
def test_quality_is_taken(format: str, picture: Picture) -> None:
    sizes = [len(encode(picture, format, quality=quality)) for quality in (30, 75, 98)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


def test_webp_of_quality_100_is_lossless(picture: Picture) -> None:
    back = decode(encode(picture, "WEBP", quality=100))
    assert np.array_equal(back.frames[0], picture.frames[0])


def test_a_fine_jpeg_keeps_colour_at_full_resolution(picture: Picture) -> None:
    files = (io.BytesIO(encode(picture, "JPEG", quality=q)) for q in (90, 85))
    fine, coarse = (cast(Any, Image.open(file)) for file in files)
    assert [layer[1:3] for layer in fine.layer] == [(1, 1)] * 3
    assert coarse.layer[0][1:3] == (2, 2)


@pytest.mark.parametrize("format", TRAITS)
def test_the_same_picture_gives_the_same_bytes(format: str, picture: Picture) -> None:
    assert encode(picture, format) == encode(picture, format)


def test_the_picture_is_not_changed(samples: Maker) -> None:
    frame, alpha = samples(dtype=np.uint16), samples(channels=1, dtype=np.uint16)[..., 0]
    picture = Picture((frame.copy(),), (alpha.copy(),), "PNG")
    for format in TRAITS:
        encode(picture, format)
    assert np.array_equal(picture.frames[0], frame)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha[0], alpha)


def test_encode_to_writes_what_encode_returns(picture: Picture, tmp_path: Path) -> None:
    for format in TRAITS:
        with (tmp_path / format).open("wb") as file:
            encode_to(file, picture, format)
        assert (tmp_path / format).read_bytes() == encode(picture, format)


@pytest.mark.parametrize("name", ["a.png", "b.JPG", "c.tiff", "d.webp"])
def test_the_extension_chooses_the_format(name: str, picture: Picture, tmp_path: Path) -> None:
    save(tmp_path / name, picture)
    assert decode(tmp_path / name).size == picture.size
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_unknown_extension_is_said(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.xyz: unknown extension; use one of \.jpg"):
        save(tmp_path / "out.xyz", picture)


def test_a_file_takes_the_place_of_an_old_one_and_the_rights_of_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


class Breaking(np.ndarray):
    """Samples that cannot be had when a writer comes to them."""

    error: BaseException

    def __getitem__(self, _key: Any) -> Any:
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("disk full"), MemoryError()])
def test_nothing_is_left_behind_when_writing_breaks_off(
    error: BaseException, samples: Maker, tmp_path: Path
) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"the old file")
    frame = samples().view(Breaking)
    frame.error = error
    with pytest.raises(type(error)):
        save(path, Picture((frame,), None, "PNG"))
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_what_does_not_fit_names_the_file(clip: Picture, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.jpg: has 3 frames"):
        save(tmp_path / "out.jpg", clip)
    assert not list(tmp_path.iterdir())
