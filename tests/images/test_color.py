from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from translate.images import Metadata, Picture, decode, encode
from translate.images.color import srgb_profile, to_srgb_deep
from translate.images.icc import matrix_profile

Maker = Callable[..., Any]


def in_profile(image: Image.Image, icc: bytes) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(icc))
    )
    assert converted is not None
    return converted


@pytest.mark.parametrize("name", ["adobe", "p3"])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_wide_gamut_picture_comes_back_as_it_looked(
    name: str, format: str, rgb_profile: Maker, file_of: Maker, samples: Maker
) -> None:
    icc = rgb_profile(name)
    looks = samples()
    quality = {"quality": 100} if format in ("JPEG", "WEBP", "AVIF") else {}
    wide = in_profile(Image.fromarray(looks), icc)
    picture = decode(file_of(wide, format, icc_profile=icc, **quality))
    gap = np.abs(picture.frames[0].astype(int) - looks)
    unconverted = np.abs(np.asarray(wide).astype(int) - looks)
    assert gap.mean() < 0.4 * unconverted.mean()
    assert picture.metadata.icc == srgb_profile()


def test_a_profile_that_means_srgb_is_kept_and_changes_nothing(
    file_of: Maker, samples: Maker
) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = decode(file_of(samples(), "PNG", icc_profile=icc))
    assert np.array_equal(picture.frames[0], samples())
    assert picture.metadata.icc == icc


def test_the_written_profile_is_the_same_at_any_time() -> None:
    assert srgb_profile() == srgb_profile()
    assert srgb_profile()[24:36] == bytes((7, 232, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    assert ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())).profile.xcolor_space == "RGB "


def test_a_gray_profile_is_applied_and_left_out(gray_profile: bytes, file_of: Maker) -> None:
    picture = decode(file_of(np.full((4, 4), 128, np.uint8), "PNG", icc_profile=gray_profile))
    # linear light 0.502 is sRGB 0.737 (IEC 61966-2-1)
    assert abs(int(picture.frames[0][0, 0, 0]) - 188) <= 1
    assert picture.frames[0].shape == (4, 4, 1)
    assert picture.metadata.icc is None


def test_cmyk_goes_through_its_profile(cmyk_profile: bytes, file_of: Maker) -> None:
    """Full cyan of a gray world is a light gray; by the plain formula it would be (0, 255, 255)."""
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 0] = 255
    image = Image.fromarray(inks, "CMYK")
    picture = decode(file_of(image, "JPEG", quality=100, icc_profile=cmyk_profile))
    red, green, blue = picture.frames[0][8, 8].astype(int)
    assert max(red, green, blue) - min(red, green, blue) <= 2
    assert 180 < green < 230
    assert picture.metadata.icc == srgb_profile()


def test_cmyk_without_a_profile_is_read(file_of: Maker) -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 0] = 255
    picture = decode(file_of(Image.fromarray(inks, "CMYK"), "TIFF"))
    assert picture.frames[0][0, 0].tolist() == [0, 255, 255]


@pytest.mark.parametrize("icc", [b"no profile at all", bytes(200)])
def test_a_broken_profile_is_left_out(icc: bytes, file_of: Maker, samples: Maker) -> None:
    picture = decode(file_of(samples(), "PNG", icc_profile=icc))
    assert np.array_equal(picture.frames[0], samples())
    assert picture.metadata.icc is None


def test_a_profile_of_another_kind_of_pixels_is_left_out(
    cmyk_profile: bytes, file_of: Maker, samples: Maker
) -> None:
    picture = decode(file_of(samples(), "PNG", icc_profile=cmyk_profile))
    assert np.array_equal(picture.frames[0], samples())
    assert picture.metadata.icc is None


@pytest.mark.parametrize("name", ["adobe", "p3"])
@pytest.mark.parametrize("curve", ["gamma", "formula", "table"])
def test_sixteen_bits_are_converted_as_littlecms_does_eight(
    name: str, curve: str, rgb_profile: Maker, samples: Maker, file_of: Maker
) -> None:
    icc = rgb_profile(name, curve)
    eight = samples()
    deep, kept = to_srgb_deep(eight.astype(np.uint16) * 257, icc)
    reference = decode(file_of(eight, "PNG", icc_profile=icc)).frames[0]
    assert np.abs(deep / 257 - reference).max() < 1.5
    assert kept == srgb_profile()


def test_sixteen_bits_keep_their_depth_through_a_profile(rgb_profile: Maker) -> None:
    ramp = np.linspace(20000, 20400, 400).astype(np.uint16)
    wide = Picture(
        (np.repeat(ramp[None, :, None], 3, 2),), None, "PNG", metadata=Metadata(icc=rgb_profile())
    )
    picture = decode(encode(wide, "PNG"))
    assert picture.metadata.icc == srgb_profile()
    assert len(np.unique(picture.frames[0][..., 1])) > 300


def test_sixteen_bit_gray_is_converted_too(gray_profile: bytes) -> None:
    gray, kept = to_srgb_deep(np.full((2, 2, 1), 32896, np.uint16), gray_profile)
    assert abs(gray[0, 0, 0] / 257 - 188) < 1
    assert kept is None


@pytest.mark.parametrize("cut", [0, 20, 131, 140, 300])
def test_a_cut_profile_is_no_matrix_profile(cut: int, rgb_profile: Maker) -> None:
    assert matrix_profile(rgb_profile()[:cut]) is None


def test_lab_is_read(file_of: Maker) -> None:
    lab = Image.merge("LAB", [Image.new("L", (4, 4), value) for value in (255, 128, 128)])
    assert decode(file_of(lab, "TIFF")).frames[0].min() >= 253


def test_a_profile_is_written_only_beside_the_pixels_it_describes(samples: Maker) -> None:
    gray = Picture((samples(channels=1),), None, "PNG", metadata=Metadata(icc=srgb_profile()))
    for format in ("PNG", "JPEG", "TIFF"):
        assert Image.open(io.BytesIO(encode(gray, format))).info.get("icc_profile") is None


def test_threads_share_a_conversion(rgb_profile: Maker, file_of: Maker, samples: Maker) -> None:
    pictures = [samples(90, 90, 3, phase=i) for i in range(6)]
    files = [file_of(picture, "PNG", icc_profile=rgb_profile()) for picture in pictures]
    alone = [decode(file).frames[0] for file in files]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(5):
            together = [picture.frames[0] for picture in pool.map(decode, files)]
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
