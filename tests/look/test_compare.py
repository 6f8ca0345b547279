"""Measures of a pair are those of translate.measure on the decoded pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from translate.errors import InputError
from translate.look import Pair, compare, means


def noise(path: Path, seed: int, size: tuple[int, int] = (24, 16), mode: str = "RGB") -> Path:
    channels = len(Image.new(mode, (1, 1)).getbands())
    samples = np.random.default_rng(seed).integers(0, 256, (*size[::-1], channels), np.uint8)
    Image.fromarray(samples.squeeze()).save(path)
    return path


def test_psnr_is_of_the_mean_squared_error(tmp_path: Path) -> None:
    truth, result = noise(tmp_path / "t.png", 1), noise(tmp_path / "r.png", 2)
    found = compare(Pair("t", truth, result))
    with Image.open(truth) as a, Image.open(result) as b:
        error = np.square(np.asarray(a) / 255 - np.asarray(b) / 255).mean()
    assert found["psnr"] == pytest.approx(-10 * np.log10(error), abs=1e-4)
    assert set(found) == {"psnr", "psnr_y", "ssim", "ab_error"}
    assert found["ssim"] < 0.2


def test_the_border_is_left_out(tmp_path: Path) -> None:
    truth = noise(tmp_path / "t.png", 1)
    with Image.open(truth) as file:
        framed = file.copy()
    framed.paste((0, 0, 0), (0, 0, 24, 2))
    framed.save(tmp_path / "r.png")
    pair = Pair("t", truth, tmp_path / "r.png")
    assert compare(pair)["psnr"] < 30
    assert compare(pair, border=2)["psnr"] == float("inf")


def test_gray_is_compared_with_colour_and_alpha_with_white(tmp_path: Path) -> None:
    Image.new("L", (16, 16), 255).save(tmp_path / "g.png")
    Image.new("RGBA", (16, 16), (10, 20, 30, 0)).save(tmp_path / "a.png")
    found = compare(Pair("g", tmp_path / "g.png", tmp_path / "a.png"))
    assert found["psnr"] == float("inf")
    assert found["ab_error"] == pytest.approx(0, abs=1e-3)


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    truth = noise(tmp_path / "t.png", 1)
    with pytest.raises(InputError, match="is 24x12, not 24x16"):
        compare(Pair("t", truth, noise(tmp_path / "s.png", 1, (24, 12))))
    with pytest.raises(InputError, match="too small"):
        compare(Pair("t", truth, truth), border=8)
    small = noise(tmp_path / "small.png", 1, (8, 8))
    with pytest.raises(InputError, match="too small"):
        compare(Pair("t", small, small))


def test_means_are_of_each_measure() -> None:
    rows = [{"psnr": 20.0, "ssim": 0.5}, {"psnr": 30.0, "ssim": 1.0}]
    assert means(rows) == {"psnr": 25.0, "ssim": 0.75}
