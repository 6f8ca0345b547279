"""`translate weights`: list, show, fetch, convert; and `translate sheet`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from translate.weights import load_file, save_file

Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("TRANSLATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_weights_are_listed_with_licence_and_state(cli: Cli, plugin: Path) -> None:
    listed = cli("weights", "--plugin", plugin)
    assert listed.code == 0
    row = next(line for line in listed.out.splitlines() if line.startswith("far "))
    assert row.split() == ["far", "to", "fetch", "CC0", "Far."]
    found = {
        row["name"]: row for row in json.loads(cli("weights", "--plugin", plugin, "--json").out)
    }
    assert found["far"]["url"].startswith("file://")
    assert found["false"]["license"] == ""


def test_fetch_says_from_where_and_under_what_licence(cli: Cli, plugin: Path, home: Path) -> None:
    said = cli("weights", "fetch", "far", "--plugin", plugin)
    assert (said.code, said.out) == (0, "")
    assert "fetching 'far' from file://" in said.err
    assert "licence: CC0" in said.err
    assert (home / "far.safetensors").read_bytes() == b"abc"


def test_fetch_throws_away_what_was_not_promised(cli: Cli, plugin: Path, home: Path) -> None:
    said = cli("weights", "fetch", "false", "--plugin", plugin)
    assert said.code == 3
    assert "is not what was promised" in said.err
    assert list(home.iterdir()) == []


def test_fetch_offline_and_of_unknown_names(cli: Cli, plugin: Path) -> None:
    assert cli("weights", "fetch", "far", "--plugin", plugin, "--offline").code == 3
    said = cli("weights", "fetch", "fat", "--plugin", plugin)
    assert said.code == 3
    assert "no weights 'fat', did you mean 'far'?" in said.err


def test_a_file_is_shown_with_its_config(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(path, {"a": torch.zeros(2)}, {"generator": "unet-128"}, {"license": "MIT"})
    facts = json.loads(cli("weights", path, "--json").out)
    assert facts["config"] == {"generator": "unet-128"}
    assert facts["license"] == "MIT"
    assert facts["tensors"] == 1
    assert facts["bytes"] == path.stat().st_size
    assert "unet-128" in cli("weights", path).out


def test_a_long_vocabulary_is_cut_on_a_screen_and_whole_as_json(cli: Cli, tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2000)]
    path = tmp_path / "w.safetensors"
    save_file(path, {"a": torch.zeros(1)}, {"words": words}, {})
    shown = cli("weights", path).out
    assert "--json tells all" in shown
    assert len(shown) < 3000
    assert json.loads(cli("weights", path, "--json").out)["config"]["words"] == words


def test_a_checkpoint_is_converted_once(cli: Cli, tmp_path: Path) -> None:
    source, target = tmp_path / "net.pth", tmp_path / "net.safetensors"
    torch.save({"state_dict": {"conv.weight": torch.ones(3)}}, source)
    assert cli("weights", "convert", source, target).code == 0
    found = load_file(target)
    assert torch.equal(found.tensors["conv.weight"], torch.ones(3))
    assert found.metadata["source"] == "net.pth"
    said = cli("weights", "convert", source, target)
    assert (said.code, "--overwrite replaces it" in said.err) == (2, True)
    assert cli("weights", "convert", source, target, "--overwrite").code == 0


def test_what_cannot_be_converted(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "no.pth").write_bytes(b"nothing")
    said = cli("weights", "convert", tmp_path / "no.pth", tmp_path / "o.safetensors")
    assert said.code == 3
    assert "no.pth" in said.err
    assert cli("weights", "convert", tmp_path / "no.pth", tmp_path / "o.pth").code == 2
    assert not (tmp_path / "o.safetensors").exists()


def test_a_sheet_of_two_folders(cli: Cli, photos: Path, tmp_path: Path) -> None:
    sheet, made = tmp_path / "sheet.png", tmp_path / "made"
    shutil.copytree(photos, made)
    said = cli("sheet", photos, made, sheet, "--rows", 2, "--side", 64)
    assert (said.code, said.out) == (0, "")
    assert "with 2 of 3 pairs" in said.err
    assert sheet.is_file()
    assert cli("sheet", photos, tmp_path / "none", sheet).code == 2


def test_results_are_compared_with_the_truth(cli: Cli, photos: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for name, change in (("a.png", 0), ("b.jpg", 51)):
        with Image.open(photos / name) as file:
            shutil.copytree(photos, made, dirs_exist_ok=True)
            picture = file.resize((20, 20))
        picture.save(photos / name, quality=100)
        picture.point(lambda value, change=change: min(255, value + change)).save(
            (made / name).with_suffix(".png")
        )
    (made / "b.jpg").unlink()
    said = cli("compare", made, photos, "--json")
    assert said.code == 1
    assert "c.png" in said.err
    found = json.loads(said.out)
    rows = {row["name"]: row for row in found["pictures"]}
    assert rows["a.png"]["psnr"] is None
    assert rows["a.png"]["ssim"] == pytest.approx(1)
    assert 14 < rows["b.jpg"]["psnr"] < 18
    assert found["mean"]["ssim"] == pytest.approx((1 + rows["b.jpg"]["ssim"]) / 2)
    table = cli("compare", made, photos).out.splitlines()
    assert table[0].split() == ["psnr", "psnr_y", "ssim", "ab_error"]
    assert table[-1].startswith("mean")
