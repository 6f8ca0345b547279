"""JPEGs by libjpeg-turbo: the samples that Pillow gives, and files that Pillow reads."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from translate.errors import InputError
from translate.images import decode
from translate.images.jpeg import read_jpeg, write_jpeg
from translate.images.picture import Metadata


def drawn(height: int = 45, width: int = 70, channels: int = 3) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(rows / (5 + c) + columns / (9 - c)) for c in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


def file_of(array: np.ndarray, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    image.convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": "4:2:0"},
        {"subsampling": "4:4:4", "quality": 100},
        {"keep_rgb": True},
        {"restart_marker_rows": 1},
        {"exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"},
        {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_samples_are_pillows(mode: str, options: dict[str, Any]) -> None:
    if mode != "RGB" and "keep_rgb" in options:
        options = {}
    data = file_of(drawn(), mode, **options)
    ours = decode(data).frames[0]
    upright = Image.open(io.BytesIO(data)).convert("L" if mode == "L" else "RGB")
    turned = np.rot90(np.asarray(upright), -1) if "exif" in options else np.asarray(upright)
    if mode == "CMYK" or ("icc_profile" in options and mode == "L"):
        assert ours.shape[:2] == turned.shape[:2]
    else:
        assert np.array_equal(ours.squeeze(), turned)


def test_what_is_not_plain_is_left_to_pillow() -> None:
    whole = file_of(drawn())
    assert read_jpeg(whole, "RGB") is not None
    assert read_jpeg(whole[:-200], "RGB") is None
    assert read_jpeg(file_of(drawn(), "CMYK"), "CMYK") is None
    assert read_jpeg(b"\xff\xd8\xff\xe0 no picture", "RGB") is None


def test_a_file_that_is_cut_short_is_said_to_be_so() -> None:
    with pytest.raises(InputError, match="is cut short"):
        decode(file_of(drawn())[:-200])


@pytest.mark.parametrize("channels", [1, 3])
def test_metadata_lies_where_pillow_finds_it(channels: int) -> None:
    icc = bytes(range(256)) * 600  # larger than one segment holds
    exif = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    metadata = Metadata(exif=exif, xmp=b"<x/>", icc=icc, dpi=(300, 150))
    file = io.BytesIO()
    write_jpeg(file, drawn(channels=channels), 90, metadata)
    with Image.open(io.BytesIO(file.getvalue())) as image:
        image.load()
        assert image.info["icc_profile"] == icc
        assert image.info["exif"] == b"Exif\0\0" + exif
        assert image.info["xmp"] == b"<x/>"
        assert image.info["dpi"] == (300, 150)
        assert image.mode == ("L" if channels == 1 else "RGB")


def test_metadata_that_no_segment_holds_is_left_out() -> None:
    file = io.BytesIO()
    write_jpeg(file, drawn(), None, Metadata(exif=bytes(70_000), xmp=b"<x/>"))
    with Image.open(io.BytesIO(file.getvalue())) as image:
        assert "exif" not in image.info
        assert image.info["xmp"] == b"<x/>"


def test_quality_decides_size_and_colour() -> None:
    files = {}
    for quality in (30, 89, 90, 100):
        file = io.BytesIO()
        write_jpeg(file, drawn(), quality, Metadata())
        files[quality] = file.getvalue()
    assert len(files[30]) < len(files[89]) < len(files[90]) < len(files[100])
    layers = {q: Image.open(io.BytesIO(data)).layer[0][1:3] for q, data in files.items()}  # type: ignore[attr-defined]
    assert layers == {30: (2, 2), 89: (2, 2), 90: (1, 1), 100: (1, 1)}


@pytest.mark.parametrize(("dpi", "kept"), [((1e6, 72.4), (65535, 72)), ((0.2, 3.0), (1, 3))])
def test_resolution_is_kept_as_near_as_the_format_can(dpi: Any, kept: Any) -> None:
    file = io.BytesIO()
    write_jpeg(file, drawn(), None, Metadata(dpi=dpi))
    assert Image.open(io.BytesIO(file.getvalue())).info["dpi"] == kept


def test_a_profile_of_more_segments_than_can_be_numbered_is_left_out() -> None:
    file = io.BytesIO()
    write_jpeg(file, drawn(), None, Metadata(icc=bytes(65519 * 255 + 1), xmp=b"<x/>"))
    with Image.open(io.BytesIO(file.getvalue())) as image:
        assert "icc_profile" not in image.info
        assert image.info["xmp"] == b"<x/>"
