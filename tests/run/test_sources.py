from __future__ import annotations

from pathlib import Path

import pytest

from translate.errors import PlanError
from translate.run.sources import Filter, find_sources, slug


def keys(*inputs, listed=(), prompts=False, **filters) -> list[str]:
    found = find_sources(inputs, listed, prompts, Filter(**filters))
    return [source.key for source in found]


def test_folder_keeps_its_tree(photos: Path) -> None:
    assert keys(photos) == ["a.png", "b.png", "b.webp", "z.bmp", "sub/a.png", "sub/deep/c.png"]


def test_hidden_and_foreign_files_are_no_pictures(photos: Path) -> None:
    for name in (".hidden.png", "notes.txt", "Thumbs.db", ".git/x.png", ".translate/y.png"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes(b"x")
    assert len(keys(photos)) == 6


def test_extensions_in_capitals_are_pictures(tmp_path: Path) -> None:
    (tmp_path / "IMG.JPG").write_bytes(b"")
    assert keys(tmp_path) == ["IMG.JPG"]


def test_include_and_exclude_go_by_path_and_name(photos: Path) -> None:
    assert keys(photos, include=["sub/*"]) == ["sub/a.png", "sub/deep/c.png"]
    assert keys(photos, include=["*.png"], exclude=["a.png", "sub/deep/*"]) == ["b.png"]


def test_pattern_counts_from_its_fixed_part(photos: Path) -> None:
    assert keys(f"{photos}/**/*.png") == ["a.png", "b.png", "sub/a.png", "sub/deep/c.png"]
    assert keys(f"{photos}/sub/*/c.png") == ["deep/c.png"]


def test_pattern_is_relative_to_the_working_folder(photos: Path, monkeypatch) -> None:
    monkeypatch.chdir(photos)
    assert keys("*.png") == ["a.png", "b.png"]


def test_file_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "a[1].png"
    path.write_bytes(b"")
    assert keys(path) == ["a[1].png"]


def test_listed_files_keep_the_path_that_is_written(photos: Path, monkeypatch) -> None:
    monkeypatch.chdir(photos)
    assert keys(listed=["sub/a.png\n", "\n", "./a.png\r\n"]) == ["sub/a.png", "a.png"]
    absolute = keys(listed=[f"{photos}/sub/a.png"])[0]
    assert absolute == f"{photos}/sub/a.png".lstrip("/")


def test_listed_file_may_not_climb_out_of_the_output(photos: Path, monkeypatch) -> None:
    monkeypatch.chdir(photos / "sub")
    assert keys(listed=["../a.png"]) == ["a.png"]


def test_listed_file_that_is_missing_is_a_problem_of_its_own(tmp_path: Path) -> None:
    (source,) = find_sources([], [f"{tmp_path}/gone.png"], False, Filter())
    assert "no such file" in (source.problem or "")


@pytest.mark.parametrize("name", ["gone.png", "gone", "gone/*.png", "empty"])
def test_input_that_names_nothing_is_a_plan_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PlanError, match=name.replace("*", r"\*")):
        keys(tmp_path / name)


def test_link_to_a_folder_is_followed_once(photos: Path) -> None:
    (photos / "loop").symlink_to(photos, target_is_directory=True)
    (photos / "sub" / "up").symlink_to(photos / "sub", target_is_directory=True)
    assert len(keys(photos)) == 6


def test_output_inside_the_input_is_passed_over(photos: Path) -> None:
    assert "sub/a.png" not in keys(photos, leave_out=[photos / "sub"])
    assert keys(f"{photos}/**/*.png", leave_out=[photos / "sub"]) == ["a.png", "b.png"]


def test_prompts_are_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text(
        "\ufeffA Monet painting, at dusk!\n\n# a comment\n  späte Ürzeit \n☃\n", "utf-8"
    )
    found = list(find_sources([file], (), True, Filter()))
    assert [(s.key, s.prompt) for s in found] == [
        ("0001-a-monet-painting-at-dusk.png", "A Monet painting, at dusk!"),
        ("0004-spate-urzeit.png", "späte Ürzeit"),
        ("0005-prompt.png", "☃"),
    ]


@pytest.mark.parametrize(("data", "words"), [(b"\n# x\n", "no prompts"), (b"\xff\xfe", "UTF-8")])
def test_text_without_prompts_is_a_plan_error(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "p.txt"
    file.write_bytes(data)
    with pytest.raises(PlanError, match=words):
        list(find_sources([file], (), True, Filter()))


def test_patterns_that_leave_nothing_are_named(photos: Path) -> None:
    with pytest.raises(PlanError, match="as --include and --exclude want"):
        keys(photos, include=["*.tif"])


def test_slug_is_short() -> None:
    assert slug("x" * 100) == "x" * 48
