"""From files to what is trained on: geometry, background, bit depth, channels."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from translate.errors import InputError, UsageError
from translate.train.layout import Source
from translate.train.pictures import Geometry, colour, crop, read, to_float

WHITE = (1.0, 1.0, 1.0)


def geometry(**more: Any) -> Geometry:
    fields = {"preprocess": "resize_and_crop", "fit": "auto", "load": 16, "crop": 12, "flip": True}
    return Geometry(**{**fields, "background": WHITE, **more})


def save(path: Path, size: tuple[int, int], value: Any = 0, mode: str = "RGB") -> Source:
    Image.new(mode, size, value).save(path)
    return Source(path)


def test_an_icon_that_is_not_square_is_padded_not_stretched(tmp_path: Path) -> None:
    icon = save(tmp_path / "i.png", (20, 32), (255, 0, 0, 255), "RGBA")
    found = read(icon, geometry(load=32))
    assert found.shape == (3, 32, 32)
    assert found[1, :, :5].eq(255).all(), "white at the left"
    assert found[1, :, 7:25].eq(0).all(), "all of the icon in the middle"


def test_a_photo_that_is_not_square_keeps_its_aspect(tmp_path: Path) -> None:
    photo = save(tmp_path / "p.jpg", (64, 32))
    assert read(photo, geometry()).shape == (3, 16, 32)
    assert read(photo, geometry(fit="stretch")).shape == (3, 16, 16)
    assert read(photo, geometry(fit="pad"))[:, 0].eq(255).all()


def test_transparency_becomes_the_background(tmp_path: Path) -> None:
    icon = save(tmp_path / "i.png", (16, 16), (0, 0, 255, 0), "RGBA")
    assert read(icon, geometry()).eq(255).all()
    red = read(icon, geometry(background=colour("#ff0000")))
    assert red[:, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("mode", "shape"),
    [
        ("crop", (3, 40, 20)),
        ("none", (3, 40, 20)),
        ("scale_width", (3, 32, 16)),
        ("scale_width_and_crop", (3, 32, 16)),
        ("resize_and_crop", (3, 32, 16)),
    ],
)
def test_modes_of_the_reference(tmp_path: Path, mode: str, shape: tuple[int, int, int]) -> None:
    assert read(save(tmp_path / "p.png", (20, 40)), geometry(preprocess=mode)).shape == shape


def test_what_is_smaller_than_the_crop_is_padded(tmp_path: Path) -> None:
    found = read(save(tmp_path / "p.png", (6, 40)), geometry(preprocess="crop"))
    assert found.shape == (3, 40, 12)


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    array = np.full((16, 16), 30_001, dtype=np.uint16)
    Image.fromarray(array).save(tmp_path / "deep.png")
    found = read(Source(tmp_path / "deep.png"), geometry())
    assert (found.dtype, found.shape[0], int(found[0, 3, 3])) == (torch.int32, 1, 30_001)
    assert to_float([found], 1)[0, 0, 3, 3].item() == pytest.approx(30_001 / 65_535)


def test_arrays_bring_any_number_of_channels(tmp_path: Path) -> None:
    np.save(tmp_path / "many.npy", np.full((16, 16, 5), 7, dtype=np.uint8))
    assert read(Source(tmp_path / "many.npy"), geometry()).shape == (5, 16, 16)
    np.save(tmp_path / "bad.npy", np.zeros((16, 16)))
    with pytest.raises(InputError, match=r"bad\.npy: an array of pixels is"):
        read(Source(tmp_path / "bad.npy"), geometry())


def test_halves_of_a_side_by_side_picture(tmp_path: Path) -> None:
    both = Image.new("RGB", (32, 16))
    both.paste((255, 255, 255), (16, 0, 32, 16))
    both.save(tmp_path / "ab.png")
    left, right = (
        read(Source(tmp_path / "ab.png", half), geometry()) for half in ("left", "right")
    )
    assert left.eq(0).all()
    assert right.eq(255).all()
    with pytest.raises(InputError, match="33 pixels wide"):
        read(Source(save(tmp_path / "odd.png", (33, 16)).path, "left"), geometry())


def test_an_unknown_background_is_refused() -> None:
    with pytest.raises(UsageError, match="'blueish' is no colour"):
        colour("blueish")


@given(st.integers(0, 2**32), st.booleans())
def test_input_and_target_are_cut_and_flipped_together(seed: int, flip: bool) -> None:
    a = torch.arange(16 * 20, dtype=torch.int32).view(1, 16, 20)
    first, second = crop([a, a + 1000], geometry(flip=flip), Random(seed))
    assert first.shape == (1, 12, 12)
    assert torch.equal(first + 1000, second)


def test_flips_happen_only_where_asked_and_never_held_out() -> None:
    a = torch.arange(12, dtype=torch.int32).expand(1, 12, 12)
    drawn = [crop([a], geometry(), Random(seed))[0][0, 0, 0].item() for seed in range(30)]
    assert set(drawn) == {0, 11}
    assert {crop([a], geometry(flip=False), Random(s))[0][0, 0, 0].item() for s in range(30)} == {0}
    assert crop([a], geometry(), None)[0][0, 0, 0].item() == 0


def test_gray_becomes_colour_and_colour_gray() -> None:
    gray = torch.full((1, 4, 4), 51, dtype=torch.uint8)
    assert to_float([gray], 3).unique().tolist() == pytest.approx([0.2])
    red = torch.zeros(3, 4, 4, dtype=torch.uint8)
    red[0] = 255
    assert to_float([red], 1).unique().tolist() == pytest.approx([0.299])
