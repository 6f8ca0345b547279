"""The sample pictures are what their scripts make, small, and accounted for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def test_the_icons_are_drawn_by_the_script(root: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, root / "samples/draw.py", tmp_path], check=True)
    shipped = {path.name for path in (root / "samples/icons").glob("*.png")}
    assert {path.name for path in tmp_path.iterdir()} == shipped
    assert len(shipped) == 16
    for name in shipped:
        drawn, kept = (
            np.asarray(Image.open(folder / name).convert("RGBA"), dtype=np.int16)
            for folder in (tmp_path, root / "samples/icons")
        )
        # other versions of Pillow may round an edge otherwise
        assert abs(drawn - kept).mean() < 0.5, name


def test_icons_are_flat_and_keep_a_margin(root: Path) -> None:
    for path in (root / "samples/icons").glob("*.png"):
        icon = Image.open(path)
        assert (icon.size, icon.mode) == ((128, 128), "RGBA")
        left, top, right, bottom = icon.getchannel("A").getbbox() or (0, 0, 0, 0)
        assert min(left, top, 128 - right, 128 - bottom) >= 4, path.name
        colours = icon.getcolors(128 * 128) or []
        flat = sum(n for n, _ in sorted(colours, reverse=True)[:12])
        assert flat > 0.9 * 128 * 128, path.name


def test_the_apples_are_rendered_by_the_script(root: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, root / "samples/apples.py", tmp_path], check=True)
    shipped = sorted((root / "samples/apples").iterdir())
    assert [path.name for path in shipped] == ["crate.jpg", "heap.jpg", "three.jpg"]
    for path in shipped:
        rendered, kept = (
            np.asarray(Image.open(file), dtype=np.int16)
            for file in (tmp_path / "apples" / path.name, path)
        )
        assert abs(rendered - kept).mean() < 2, path.name


@pytest.mark.parametrize("kind", ["photos", "old", "masks"])
def test_photographs_are_small_and_named_with_their_licence(root: Path, kind: str) -> None:
    text = (root / "samples/README.md").read_text("utf-8")
    files = sorted((root / "samples" / kind).iterdir())
    assert files
    for path in files:
        assert path.stat().st_size <= 60_000
        assert f"`{kind}/{path.name}`" in text


@pytest.mark.parametrize(
    ("mask", "picture"), [("portrait.png", "old/portrait.jpg"), ("coffee.png", "photos/coffee.jpg")]
)
def test_a_mask_fits_its_picture(root: Path, mask: str, picture: str) -> None:
    with Image.open(root / "samples" / picture) as image:
        size = image.size
    drawn = Image.open(root / "samples/masks" / mask)
    assert drawn.size == size
    assert 0.005 < np.asarray(drawn).mean() / 255 < 0.2
