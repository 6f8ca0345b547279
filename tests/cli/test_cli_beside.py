"""`translate run` with a mask or a reference beside the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

Cli = Callable[..., Any]


def gray(path: Path) -> Image.Image:
    with Image.open(path) as found:
        return found.convert("L")


def test_a_mask_that_is_needed_and_one_that_is_not(cli: Cli, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = cli("run", "mask-show", photos, out)
    assert said.code == 2
    assert "chain:1:1: mask-show: needs a mask: give --mask" in said.err
    assert not out.exists()
    assert cli("run", "mask-show", photos, out, "--mask", photos).code == 0
    said = cli("run", "gray", photos, tmp_path / "2", "--mask", photos / "a.png")
    assert "--mask is given, but no step of 'gray' asks for it" in said.err


def test_what_is_transparent_in_a_mask_is_not_marked(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    layer = Image.new("RGBA", (20, 10), (255, 255, 255, 0))
    layer.paste((255, 255, 255, 255), (0, 0, 5, 10))
    layer.save(tmp_path / "strokes.png")
    out, strokes = tmp_path / "out", tmp_path / "strokes.png"
    cli("run", "mask-show", photos / "a.png", out, "--mask", strokes)
    shown = gray(out / "a.png")
    assert shown.getbbox() == (0, 0, 5, 10)
    assert shown.crop((0, 0, 5, 10)).getextrema() == (255, 255)


def test_a_transparent_reference_lies_on_white(cli: Cli, photos: Path, tmp_path: Path) -> None:
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    out, clear = tmp_path / "out", tmp_path / "clear.png"
    said = cli("run", "blend other=reference amount=1", photos / "a.png", out,
               "--reference", clear)  # fmt: skip
    assert said.code == 0
    assert gray(out / "a.png").getextrema() == (255, 255)
