"""Which pictures are found in which layout of a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate.errors import UsageError
from translate.recipe import DataKind
from translate.train.layout import Found, Item, Part, Source, cut, find
from translate.train.settings import Settings, validate

_BASE = {
    "recipe": "tiny", "images": 1, "batch": 1, "schedule": "constant", "decay_from": 0,
    "decay_every": 1, "warmup": 0, "ema": 0, "clip": 0, "preprocess": "crop", "load_size": 8,
    "crop_size": 8, "flip": False, "sample_every": 1, "val": 0.0,
}  # fmt: skip


def settings(data: Path, **more: Any) -> Settings:
    return validate({**_BASE, "data": str(data), **more})


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return root


def keys(part: Part) -> list[str]:
    return [item.key for item in part.items]


def look(kind: DataKind, data: Path, **more: Any) -> Found:
    return find(kind, settings(data, **more))


def test_pairs_by_relative_stem(tmp_path: Path) -> None:
    data = touch(tmp_path, "A/x/1.png", "B/x/1.jpg", "A/2.png", "B/2.png", "A/notes.txt")
    found = look("paired", data)
    assert found.train.items == (
        Item("2", Source(data / "A/2.png"), Source(data / "B/2.png")),
        Item("x/1", Source(data / "A/x/1.png"), Source(data / "B/x/1.jpg")),
    )
    assert not found.problems


def test_missing_partners_and_double_stems_are_named(tmp_path: Path) -> None:
    data = touch(tmp_path, "A/1.png", "A/2.png", "A/2.jpg", "B/2.png", "B/3.png")
    problems = look("paired", data).problems
    assert len(problems) == 3
    assert f"{data / 'A/1.png'}: has no partner in {data / 'B'}" in problems
    assert f"{data / 'B/3.png'}: has no partner in {data / 'A'}" in problems
    assert any("2.png: left out" in problem for problem in problems)


def test_direction_and_names_of_the_folders(tmp_path: Path) -> None:
    data = touch(tmp_path, "flat/1.png", "3d/1.png")
    there = look("paired", data, a="flat", b="3d").train.items[0]
    back = look("paired", data, a="flat", b="3d", direction="b2a").train.items[0]
    assert (there.image, there.reference) == (back.reference, back.image)
    assert there.image.path.parent.name == "flat"


def test_side_by_side_pictures_with_their_own_split(tmp_path: Path) -> None:
    data = touch(tmp_path, "train/1.jpg", "train/2.jpg", "val/3.jpg")
    found = look("paired", data, direction="b2a")
    assert (keys(found.train), keys(found.held_out)) == (["1", "2"], ["3"])
    assert found.train.items[0].image == Source(data / "train/1.jpg", "right")
    assert found.train.items[0].reference == Source(data / "train/1.jpg", "left")


def test_a_pipeline_makes_the_input_of_every_picture(tmp_path: Path) -> None:
    item = look("paired", touch(tmp_path, "1.jpg"), from_pipeline="gray").train.items[0]
    assert item.image == item.reference


@pytest.mark.parametrize("names", [("trainA", "trainB"), ("train/A", "train/B"), ("A", "B")])
def test_unpaired_folders(tmp_path: Path, names: tuple[str, str]) -> None:
    data = touch(tmp_path, f"{names[0]}/1.png", f"{names[0]}/2.png", f"{names[1]}/3.png")
    train = look("unpaired", data).train
    assert (keys(train), [item.key for item in train.others]) == (["1.png", "2.png"], ["3.png"])


def test_held_out_folders_of_unpaired_pictures(tmp_path: Path) -> None:
    data = touch(tmp_path, "trainA/1.png", "trainB/2.png", "testA/3.png", "testB/4.png")
    held = look("unpaired", data).held_out
    assert (keys(held), [item.key for item in held.others]) == (["3.png"], ["4.png"])


def test_captions_with_a_split(tmp_path: Path) -> None:
    data = touch(tmp_path, "a.png", "x/b.png")
    rows = (
        "path\tcaption\tsplit\na.png\ta red one\ttrain\nx/b.png\tblue\tval\ngone.png\tno\ttrain\n"
    )
    (data / "captions.tsv").write_text(rows)
    found = look("captioned", data)
    assert [(item.key, item.prompt) for item in found.train.items] == [("a.png", "a red one")]
    assert [(item.key, item.prompt) for item in found.held_out.items] == [("x/b.png", "blue")]
    assert found.problems == (f"{data / 'gone.png'}: has a caption, but is not there",)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("unpaired", "has neither A/ and B/ nor trainA/ and trainB/"),
        ("captioned", r"captions\.tsv: missing"),
    ],
)
def test_a_layout_that_is_not_there_is_explained(
    tmp_path: Path, kind: DataKind, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        look(kind, touch(tmp_path, "1.png"))


def test_no_folder_and_no_pairs_where_they_were_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such data folder"):
        look("single", tmp_path / "gone")
    with pytest.raises(UsageError, match="has no folders A/ and B/"):
        look("paired", touch(tmp_path, "1.png"), layout="folders")


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=40))
def test_the_same_keys_are_always_held_out(names: list[str]) -> None:
    items = [Item(name, Source(Path(name))) for name in names]
    train, held = cut(items, 0.3)
    assert {*train, *held} == set(items)
    again, held_again = cut(items[::-1], 0.3)
    assert (set(again), set(held_again)) == (set(train), set(held))
    assert set(cut(items, 0.1)[1]) <= set(held)


def test_about_the_share_is_held_out() -> None:
    items = [Item(f"{i}.png", Source(Path())) for i in range(2000)]
    assert 160 < len(cut(items, 0.1)[1]) < 240
    assert cut(items, 0.0)[1] == ()
