"""Contact sheets: which pictures belong together, and what is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from translate.errors import InputError, PlanError, UsageError
from translate.look import Pair, Row, pairs, write_sheet


def picture(path: Path, size: tuple[int, int], color: str = "red") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)
    return path


def test_pictures_are_paired_by_relative_stem(tmp_path: Path) -> None:
    before, after = tmp_path / "in", tmp_path / "out"
    for name in ("a.jpg", "sea/a.png", "lonely.png"):
        picture(before / name, (4, 4))
    for name in ("a.png", "sea/a.webp", "other.png"):
        picture(after / name, (4, 4))
    (before / "notes.txt").write_text("x")
    assert [(pair.name, pair.after.name) for pair in pairs(before, after)] == [
        ("a.jpg", "a.png"),
        ("sea/a.png", "a.webp"),
    ]


def test_an_output_folder_inside_the_input_is_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (4, 4))
    picture(tmp_path / "out/a.png", (4, 4))
    assert [pair.name for pair in pairs(tmp_path, tmp_path / "out")] == ["a.png"]


def test_two_files_are_a_pair_and_other_things_are_not(tmp_path: Path) -> None:
    first = picture(tmp_path / "a.png", (4, 4))
    second = picture(tmp_path / "b.png", (4, 4))
    assert pairs(first, second) == [Pair("a.png", first, second)]
    (tmp_path / "empty").mkdir()
    for other in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(PlanError):
            pairs(first, other)
        with pytest.raises(PlanError):
            pairs(tmp_path, other)


def test_both_of_a_pair_are_drawn_in_one_height(tmp_path: Path) -> None:
    before = picture(tmp_path / "a.png", (40, 20), "red")
    after = picture(tmp_path / "b.png", (400, 200), "blue")
    output = tmp_path / "sheets/s.png"
    write_sheet([Pair("a.png", before, after).row] * 2, output, side=100)
    with Image.open(output) as file:
        sheet = file.convert("RGB")
    assert sheet.size == (3 * 8 + 2 * 200, 2 * (16 + 100 + 8) + 8)
    for top in (8 + 16, 8 + 16 + 100 + 8 + 16):
        assert sheet.getpixel((8 + 199, top + 99)) == (255, 0, 0)
        assert sheet.getpixel((8 + 200 + 4, top + 50)) == (250, 250, 250)
        assert sheet.getpixel((8 + 200 + 8, top)) == (0, 0, 255)


def test_a_result_of_words_stands_alone_beneath_its_title(tmp_path: Path) -> None:
    made = picture(tmp_path / "a.png", (16, 16), "red")
    write_sheet([Row("0001-a-red-heart", (made,))] * 2, tmp_path / "s.png")
    with Image.open(tmp_path / "s.png") as file:
        sheet = file.convert("RGB")
    assert {color: count for count, color in sheet.getcolors() or []}[255, 0, 0] == 2 * 16 * 16
    assert sheet.getpixel((8, 8 + 16)) == (255, 0, 0)
    ink = np.flatnonzero(np.asarray(sheet)[8:24].min((0, 2)) < 200)
    assert ink.max() - ink.min() > 100, "the title has room beyond its picture"
    assert ink.max() < sheet.width - 4


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "t.png"
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(path)
    write_sheet([Pair("ünï漢.png", path, path).row], tmp_path / "s.png", side=20)
    with Image.open(tmp_path / "s.png") as file:
        assert file.convert("RGB").getpixel((15, 30)) == (255, 255, 255)


def test_what_cannot_be_written_or_read(tmp_path: Path) -> None:
    good = picture(tmp_path / "a.png", (4, 4))
    with pytest.raises(UsageError, match=r"a sheet is a \.png"):
        write_sheet([Pair("a", good, good).row], tmp_path / "s.txt")
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"bad\.png: is text"):
        write_sheet([Pair("a", good, bad).row], tmp_path / "s.png")
    assert not (tmp_path / "s.png").exists()
    (left_out,) = write_sheet(
        [Pair("a", good, bad).row, Pair("b", good, good).row], tmp_path / "s.png"
    )
    assert "bad.png" in str(left_out)
    assert (tmp_path / "s.png").exists()


def test_of_two_results_of_one_stem_each_picture_has_its_own(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png"):
        picture(tmp_path / "in" / name, (4, 4))
        picture(tmp_path / "out" / name, (4, 4))
    found = pairs(tmp_path / "in", tmp_path / "out")
    assert [(pair.before.name, pair.after.name) for pair in found] == [
        ("a.jpg", "a.jpg"),
        ("a.png", "a.png"),
    ]


def test_sixteen_bits_are_shown_as_they_look(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((20, 20), 32896, np.uint16)).save(path)
    write_sheet([Pair("deep.png", path, path).row], tmp_path / "s.png", side=20)
    with Image.open(tmp_path / "s.png") as file:
        assert file.convert("RGB").getpixel((15, 30)) == (128, 128, 128)
