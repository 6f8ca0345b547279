from __future__ import annotations

from pathlib import Path

import pytest

from translate.errors import PlanError
from translate.run.sidecars import Matcher, Sidecars


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    folder = tmp_path / "masks"
    for name in ("a.png", "sub/a.png", "twice.png", "twice.webp", "b.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_one_file_is_for_every_picture(masks: Path) -> None:
    matcher = Matcher(Sidecars(mask=masks / "a.png"))
    assert {matcher.beside(key).mask for key in ("x.jpg", "y/z.png")} == {masks / "a.png"}


def test_folder_is_matched_by_relative_stem(masks: Path) -> None:
    matcher = Matcher(Sidecars(mask=masks))
    assert matcher.beside("a.jpg").mask == masks / "a.png"
    assert matcher.beside("sub/a.tif").mask == masks / "sub" / "a.png"
    assert matcher.beside("b.png").mask == masks / "b.jpg"


def test_same_name_wins_among_same_stems(masks: Path) -> None:
    matcher = Matcher(Sidecars(mask=masks))
    assert matcher.beside("twice.webp").mask == masks / "twice.webp"
    assert "several masks" in (matcher.beside("twice.jpg").problem or "")


def test_missing_one_is_said(masks: Path) -> None:
    problem = Matcher(Sidecars(reference=masks)).beside("sub/none.png").problem
    assert problem is not None
    assert "no reference 'sub/none'" in problem
    assert str(masks) in problem


def test_folder_or_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="--mask"):
        Matcher(Sidecars(mask=tmp_path / "gone"))
    with pytest.raises(PlanError, match="--prompt"):
        Matcher(Sidecars(prompt=tmp_path / "gone.txt"))


def test_prompt_as_text_file_table_and_folder(tmp_path: Path) -> None:
    one, table = tmp_path / "one.txt", tmp_path / "table.tsv"
    one.write_text("a red house\n", "utf-8")
    table.write_text("a.png\tred\nsub/b\tblue\n", "utf-8")
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "b.txt").write_text("green\n", "utf-8")

    def prompt(given: str | Path, key: str) -> str | None:
        return Matcher(Sidecars(prompt=given)).beside(key).prompt

    assert prompt("blue sky", "x.png") == "blue sky"
    assert prompt(one, "x.png") == "a red house"
    assert prompt(table, "a.png") == "red"
    assert prompt(table, "sub/b.jpg") == "blue"
    assert prompt(folder, "sub/b.jpg") == "green"
    assert "no prompt for 'c.png'" in (
        Matcher(Sidecars(prompt=table)).beside("c.png").problem or ""
    )


def test_prompt_of_the_item_itself_goes_first() -> None:
    assert Matcher(Sidecars(prompt="all")).beside("0001-x.png", "mine").prompt == "mine"


def test_lines_without_names_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.txt"
    file.write_text("one\ntwo\n", "utf-8")
    with pytest.raises(PlanError, match="name<TAB>text"):
        Matcher(Sidecars(prompt=file))


def test_prompt_that_is_no_text_fails_its_picture_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in (Matcher(Sidecars(prompt=tmp_path)).beside("a.png").problem or "")
    with pytest.raises(PlanError, match="UTF-8"):
        Matcher(Sidecars(prompt=tmp_path / "a.txt"))
