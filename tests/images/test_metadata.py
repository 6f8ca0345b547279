from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from translate.images import Metadata, Picture, decode, encode
from translate.images.metadata import reset_exif

ORIENTATION, MAKER, ARTIST = 0x0112, 0x927C, 0x013B
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6" n="kept"/></x:xmpmeta>'
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")


def exif_of(orientation: int | None = 6) -> Image.Exif:
    exif = Image.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    exif[ARTIST] = "Ada"
    exif.get_ifd(ExifTags.IFD.Exif)[MAKER] = b"maker's own bytes"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return exif


def reopened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_come_upright(
    orientation: int, format: str, file_of: Callable[..., bytes]
) -> None:
    lying = np.zeros((20, 40, 3), np.uint8)
    lying[:10, :20] = 250
    data = file_of(lying, format, exif=exif_of(orientation))
    picture = decode(data)
    # by EXIF 2.32, table 6: where row 0 and column 0 of the stored picture are shown
    shape = (40, 20) if orientation >= 5 else (20, 40)
    bottom, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    assert picture.size == shape
    shown = picture.frames[0][:: -1 if bottom else 1, :: -1 if right else 1]
    assert shown[: shape[0] // 2 - 2, : shape[1] // 2 - 2].min() > 200
    assert shown[shape[0] // 2 + 2 :].max() < 50
    exif = reopened(encode(picture, format)).getexif()
    assert exif.get(ORIENTATION, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bits_are_turned_as_eight_are(
    orientation: int, samples: Callable[..., Any], file_of: Callable[..., bytes]
) -> None:
    deep = samples(11, 23, 3, np.uint16)
    exif = exif_of(orientation)
    lying = Picture((deep,), None, "PNG", metadata=Metadata(exif=exif.tobytes()[6:]))
    upright = decode(encode(lying, "PNG")).frames[0]
    eight = decode(file_of((deep >> 8).astype(np.uint8), "PNG", exif=exif)).frames[0]
    assert np.array_equal(upright >> 8, eight)


@pytest.mark.parametrize("format", FORMATS)
def test_what_the_file_says_about_itself_is_kept(
    format: str, file_of: Callable[..., bytes], samples: Callable[..., Any]
) -> None:
    source = decode(file_of(samples(), "JPEG", exif=exif_of(), xmp=XMP, dpi=(300, 200)))
    image = reopened(encode(source, format))
    exif = image.getexif()
    assert exif[ARTIST] == "Ada"
    assert exif.get_ifd(ExifTags.IFD.Exif)[MAKER] == b"maker's own bytes"
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[1] == "N"
    assert exif.get(ORIENTATION, 1) == 1
    xmp: Any = image.info.get("xmp")
    assert b'n="kept"' in xmp
    assert b'tiff:Orientation="1"' in xmp
    if format in ("JPEG", "PNG", "TIFF"):
        assert [round(float(value)) for value in image.info["dpi"]] == [300, 200]
    assert decode(encode(source, format)).metadata.exif is not None


@pytest.mark.parametrize("format", FORMATS)
def test_strip_leaves_nothing(
    format: str, file_of: Callable[..., bytes], samples: Callable[..., Any]
) -> None:
    source = decode(file_of(samples(), "JPEG", exif=exif_of(), xmp=XMP, dpi=(300, 200)))
    metadata = decode(encode(source, format, metadata="strip")).metadata
    assert (metadata.exif, metadata.xmp, metadata.icc) == (None, None, None)
    assert metadata.dpi in (None, (1.0, 1.0))


def test_maker_notes_keep_their_bytes_and_place() -> None:
    """They hold offsets: only the orientation may differ."""
    before = exif_of(6).tobytes()[6:]
    after = reset_exif(before)
    assert after is not None
    assert len(after) == len(before)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_the_thumbnail_of_the_old_picture_is_gone(file_of: Callable[..., bytes]) -> None:
    thumbnail = b"\xff\xd8 the old picture, small \xff\xd9"
    first, second = ImageFileDirectory_v2(), ImageFileDirectory_v2()
    first[ARTIST] = "Ada"
    head = b"II*\0\x08\0\0\0" + first.tobytes(8)
    second[0x0201], second[0x0202] = len(head) + 30, len(thumbnail)
    block = bytearray(head + second.tobytes(len(head)) + thumbnail)
    assert block[len(head) + 30 :] == thumbnail
    block[8 + 2 + 12 : 8 + 2 + 12 + 4] = len(head).to_bytes(4, "little")
    clean = reset_exif(bytes(block))
    assert clean is not None
    assert b"the old picture" not in clean
    assert b"Ada" in clean


@pytest.mark.parametrize(
    "broken", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"not a block"]
)
def test_a_broken_block_is_left_out(broken: bytes) -> None:
    assert reset_exif(broken) is None


def test_a_tag_that_xmp_alone_gives_turns_the_picture(file_of: Callable[..., bytes]) -> None:
    data = file_of(np.zeros((4, 8, 3), np.uint8), "PNG")
    lying = Picture(decode(data).frames, None, "PNG", metadata=Metadata(xmp=XMP))
    assert decode(encode(lying, "PNG")).size == (8, 4)


def test_exif_too_large_for_a_jpeg_is_left_out(file_of: Callable[..., bytes]) -> None:
    exif = exif_of()
    exif.get_ifd(ExifTags.IFD.Exif)[MAKER] = bytes(70_000)
    picture = decode(file_of(np.zeros((4, 8, 3), np.uint8), "PNG", exif=exif))
    assert picture.metadata.exif is not None
    assert decode(encode(picture, "JPEG")).metadata.exif is None
