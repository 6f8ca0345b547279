from __future__ import annotations

import io
import os
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from translate.errors import InputError
from translate.images import Metadata, Picture, decode, encode, probe
from translate.images.source import reading

Maker = Callable[..., Any]


def message(source: Path | bytes, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        decode(source, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("mode", "channels", "alpha"),
    [
        ("1", 1, False),
        ("L", 1, False),
        ("LA", 1, True),
        ("P", 3, False),
        ("RGB", 3, False),
        ("RGBA", 3, True),
    ],
)
def test_every_kind_of_png(
    mode: str, channels: int, alpha: bool, file_of: Maker, samples: Maker
) -> None:
    image = Image.fromarray(samples(channels=4), "RGBA").convert("RGB" if mode == "P" else mode)
    image = image.convert(mode)
    picture = decode(file_of(image, "PNG"))
    assert picture.frames[0].shape == (37, 53, channels)
    assert picture.frames[0].flags.c_contiguous
    assert picture.frames[0].flags.writeable
    assert (picture.alpha is not None) == alpha
    shown = image.convert({1: "L", 3: "RGB"}[channels])
    assert np.array_equal(picture.frames[0].squeeze(), np.asarray(shown))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_transparent_colour_becomes_alpha(mode: str, file_of: Maker) -> None:
    image = Image.new(mode, (4, 2), 0)
    image.paste(1 if mode in "1LP" else (1, 1, 1), (0, 0, 2, 2))
    if mode == "P":
        image.putpalette([9, 9, 9, 200, 200, 200])
    picture = decode(file_of(image, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0))
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [[255, 255, 0, 0]] * 2


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


def test_animations_keep_frames_timing_and_loop(file_of: Maker) -> None:
    images = [Image.new("RGB", (9, 7), (60 * i, 20, 200)) for i in range(4)]
    options = {"save_all": True, "append_images": images[1:], "duration": [40, 80, 120, 160]}
    for format, loop, plays in (("GIF", 2, 3), ("GIF", 0, 0), ("PNG", 3, 3), ("WEBP", 5, 5)):
        picture = decode(file_of(images[0], format, loop=loop, **options))
        assert picture.durations == (40, 80, 120, 160)
        assert picture.loop == plays
        assert picture.alpha is None
        assert [int(frame[0, 0, 0]) // 50 for frame in picture.frames] == [0, 1, 2, 3]
    assert decode(file_of(images[0], "GIF", **options)).loop == 1


def test_a_still_png_that_only_old_viewers_show_is_no_frame(file_of: Maker) -> None:
    images = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = file_of(
        images[0], "PNG", save_all=True, append_images=images[1:], default_image=True, duration=50
    )
    picture = decode(data)
    assert [frame[0, 0].tolist() for frame in picture.frames] == [[0, 255, 0], [0, 0, 255]]


def test_pages_of_a_tiff_may_differ(file_of: Maker) -> None:
    pages = [Image.new("RGB", (8, 6)), Image.new("L", (5, 9)), Image.new("I;16", (3, 3), 300)]
    picture = decode(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [frame.shape for frame in picture.frames] == [(6, 8, 3), (9, 5, 1), (3, 3, 1)]
    assert int(picture.frames[2][0, 0, 0]) == 300
    assert picture.durations == ()


@pytest.mark.parametrize("name", ["photo.png", "photo.txt", "photo"])
def test_the_content_decides_and_not_the_name(
    name: str, tmp_path: Path, file_of: Maker, samples: Maker
) -> None:
    path = tmp_path / name
    path.write_bytes(file_of(samples(), "JPEG"))
    assert decode(path).format == probe(path).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        ("Grüße, not a picture\n".encode(), "is text, not a picture"),
        (b"<!DOCTYPE html><html>404", "a web page (a download that failed?)"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "an SVG drawing"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "an HEIC picture"),
        (b"8BPS\0\x01", "a Photoshop document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "header is damaged"),
        (b"\x01\x80\x99\xfe" * 30, "is no picture that is known"),
    ],
)
def test_what_is_no_picture_is_said_in_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    path.write_bytes(content)
    assert message(path).startswith(f"{path}: ")
    assert words in message(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "no such file" in message(tmp_path / "gone.png")
    assert "is not a file" in message(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "is not a file" in message(tmp_path / "pipe.png")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied"), "may not be read"),
        (MemoryError(), "needs more memory than there is"),
        (struct.error("unpack requires 4 bytes"), "cannot be decoded (unpack requires 4 bytes)"),
        (KeyError(), "cannot be decoded (KeyError)"),
        (OSError("broken\ndata stream"), "cannot be decoded (broken data stream)"),
        (SyntaxError("not enough data"), "is cut short (not enough data)"),
    ],
)
def test_whatever_a_decoder_raises_is_one_line(error: Exception, words: str) -> None:
    with pytest.raises(InputError) as caught, reading("a.png"):
        raise error
    assert str(caught.value).startswith(f"a.png: {words}")
    assert "\n" not in str(caught.value)


def test_bytes_are_called_by_the_name_that_is_given() -> None:
    assert message(b"", name="standard input").startswith("standard input: ")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
def test_half_a_file_is_an_error_of_one_line(format: str, file_of: Maker, samples: Maker) -> None:
    data = file_of(samples(120, 160), format)
    assert message(data[: len(data) // 2])


def test_a_bomb_is_refused_by_its_header(file_of: Maker) -> None:
    data = bytearray(file_of(Image.new("L", (8, 8)), "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    assert "3,600,000,000 pixels, more than the limit of 500,000,000" in message(bytes(data))


def test_the_limit_is_an_option_and_counts_all_frames(file_of: Maker) -> None:
    images = [Image.new("L", (10, 10), i) for i in range(5)]
    data = file_of(images[0], "GIF", save_all=True, append_images=images[1:])
    assert len(decode(data, max_pixels=500).frames) == 5
    assert "more than the limit of 499" in message(data, max_pixels=499)


def test_a_damaged_profile_or_exif_does_not_cost_the_picture(
    file_of: Maker, samples: Maker
) -> None:
    data = file_of(samples(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff", icc_profile=b"x" * 200)
    picture = decode(data)
    assert picture.size == (37, 53)
    assert picture.metadata == Metadata(dpi=picture.metadata.dpi)


KINDS = (
    ("PNG", ""),
    ("JPEG", ""),
    ("GIF", ""),
    ("TIFF", "raw"),
    ("TIFF", "tiff_lzw"),
    ("WEBP", ""),
)


@settings(deadline=None, max_examples=120)
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    kept=st.floats(0.02, 1),
)
def test_damaged_bytes_give_a_picture_or_one_line(
    kind: tuple[str, str], changes: list[tuple[float, int]], kept: float
) -> None:
    format, compression = kind
    options: dict[str, Any] = {"compression": compression} if compression else {}
    if format != "JPEG":
        options |= {"save_all": True, "append_images": [Image.new("L", (24, 18), 90)]}
    file = io.BytesIO()
    Image.linear_gradient("L").resize((24, 18)).save(file, format, **options)
    data = bytearray(file.getvalue())
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    try:
        picture = decode(bytes(data[: max(1, int(kept * len(data)))]), max_pixels=1_000_000)
    except InputError as error:
        said = str(error)
    else:
        said = ""
        assert all(frame.ndim == 3 for frame in picture.frames)
    assert "\n" not in said


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_the_header_tells_what_decoding_gives(
    format: str, channels: int, alpha: bool, samples: Maker
) -> None:
    plane = (np.full((37, 53), 128, np.uint8),) if alpha else None
    data = encode(Picture((samples(channels=channels),), plane, "PNG"), format)
    told, picture = probe(data), decode(data)
    assert (told.height, told.width) == picture.size
    assert told.channels == picture.frames[0].shape[2]
    assert told.has_alpha == (picture.alpha is not None)
    assert (told.frames, told.bits, told.format) == (1, 8, format)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_header_tells_sixteen_bits(channels: int, samples: Maker) -> None:
    told = probe(deep_png(samples(channels=channels, dtype=np.uint16)))
    assert told.bits == 16
    assert told.channels == (1 if channels < 3 else 3)
    assert told.has_alpha == (channels in (2, 4))


def test_threads_do_not_disturb_each_other(file_of: Maker, samples: Maker) -> None:
    truths = [samples(64, 64, 3, phase=i) for i in range(8)]
    files = [(file_of(truth, "PNG"), truth) for truth in truths]
    wrong = []

    def work(data: bytes, truth: Any) -> None:
        for _ in range(5):
            if not np.array_equal(decode(data).frames[0], truth):
                wrong.append(data)

    threads = [threading.Thread(target=work, args=pair) for pair in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
