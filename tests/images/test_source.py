from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from translate.errors import InputError
from translate.images import decode
from translate.images.source import reading

Maker = Callable[..., Any]


def message(source: Path | bytes, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        decode(source, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


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


KINDS = (
    ("PNG", ""),
    ("JPEG", ""),
    ("GIF", ""),
    ("TIFF", "raw"),
    ("TIFF", "tiff_lzw"),
    ("WEBP", ""),
)


@settings(max_examples=120)
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


def test_libtiff_says_nothing_by_itself(tmp_path, capfd):
    path = tmp_path / "fax.tif"
    Image.effect_noise((64, 64), 90).convert("1").save(path, compression="group4")
    path.write_bytes(path.read_bytes().replace(b"\xff", b"\0"))
    with suppress(InputError):
        decode(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"fax\.tif"):
        decode(path)
    assert capfd.readouterr().err == ""


def test_a_png_with_a_large_profile_and_long_text_is_read(samples: Maker) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    padded = profile + bytes(3 << 20)
    profile = struct.pack(">I", len(padded)) + padded[4:]
    told = PngInfo()
    told.add_text("Comment", "long " * 500_000, zip=True)
    file = io.BytesIO()
    Image.fromarray(samples(4, 4)).save(file, "PNG", icc_profile=profile, pnginfo=told)
    picture = decode(file.getvalue())
    assert picture.frames[0].shape == (4, 4, 3)
    assert picture.metadata.icc == profile
