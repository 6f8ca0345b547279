"""`translate run`, from files to files and through the shell's pipe."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Cli = Callable[..., Any]

MAIN = "from translate.cli import main; main()"
DOUBLE = "gray | upscale-bicubic factor=2"


def opened(source: Path | bytes) -> Image.Image:
    """Return a picture that holds no file open."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    with Image.open(io.BytesIO(data)) as found:
        found.load()
        return found


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the size of every picture by its path in the folder."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and ".translate" not in p.parts)
    return {p.relative_to(folder).as_posix(): opened(p).size for p in found}


def rows(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_folder_keeps_its_tree_and_formats(cli: Cli, photos: Path, tmp_path: Path) -> None:
    said = cli("run", DOUBLE, photos, tmp_path / "out")
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith("translate: 3 done in ")
    assert sizes(tmp_path / "out") == {"a.png": (40, 20), "b.jpg": (32, 32), "sea/c.png": (16, 24)}
    assert opened(tmp_path / "out/b.jpg").format == "JPEG"


def test_what_is_there_is_skipped_and_what_changed_is_made(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    cli("run", "gray", photos, out)
    assert cli("run", "gray", photos, out).err.startswith("translate: 3 skipped in ")
    assert cli("run", "invert", photos, out).err.startswith("translate: 3 done in ")
    assert cli("run", "invert", photos, out, "--overwrite").err.startswith("translate: 3 done")


def test_json_lines_tell_every_item(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    said = cli("run", DOUBLE, photos, tmp_path / "out", "--json")
    assert said.code == 1
    found = {row["key"]: row for row in rows(said.out)}
    assert found["a.png"]["status"] == "done"
    assert found["a.png"]["out_size"] == {"height": 20, "width": 40}
    assert found["a.png"]["source"] == str(photos / "a.png")
    assert found["broken.png"]["status"] == "failed"
    assert found["broken.png"]["error"]
    assert "1 failed" in said.err
    reason = next(line for line in said.err.splitlines() if "failed: " in line)
    assert reason.startswith(f"translate: failed: {photos / 'broken.png'}: ")
    assert reason.count("broken.png") == 1


def test_the_summary_names_every_failure_in_one_line(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    names = [f"{number:02}.png" for number in range(23)] + ["new\nline \x1b[31m.png"]
    for name in names:
        (photos / name).write_bytes(b"none")
    said = cli("run", "gray", photos, tmp_path / "out")
    assert said.code == 1
    failed = [line for line in said.err.splitlines() if line.startswith("translate: failed: ")]
    assert len(failed) == len(names) == len(said.err.splitlines()) - 1
    assert said.err.count(r"new\nline \x1b[31m.png: is text") == 1
    assert said.err.count("line") == 1


CHATTY = """
import translate

class Chatty(translate.Stage):
    "Talk."
    name = "chatty"

    def load(self, ctx):
        print("loading")
        def run(batch):
            print("running")
            return batch.replace(image=1 - batch.image)
        return run

@translate.hookimpl
def register_stages():
    return [Chatty]
"""


def test_what_a_stage_prints_is_not_among_the_data(cli: Cli, photos: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "chatty.py"
    plugin.write_text(CHATTY)
    said = cli("run", "chatty", photos, tmp_path / "out", "--json", "--plugin", plugin)
    assert {row["status"] for row in rows(said.out)} == {"done"}
    assert "loading" in said.err
    assert "running" in said.err


def test_links_in_a_circle_and_pipes_are_failures_of_their_own(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    (photos / "round.png").symlink_to("about.png")
    (photos / "about.png").symlink_to("round.png")
    os.mkfifo(photos / "pipe.png")
    said = cli("run", "gray", photos, tmp_path / "out")
    assert said.code == 1
    assert "3 done, 3 failed" in said.err
    assert "round.png: cannot be read (Too many levels of symbolic links)" in said.err
    assert "pipe.png: is not a file" in said.err


def test_fail_fast_stops(cli: Cli, photos: Path, tmp_path: Path) -> None:
    (photos / "0.png").write_bytes(b"none")
    said = cli("run", "gray", photos, tmp_path / "out", "--fail-fast", "--workers", 1)
    assert said.code == 1
    assert len(sizes(tmp_path / "out") if (tmp_path / "out").exists() else {}) < 3


def test_dry_run_prints_outputs_with_sizes_and_writes_nothing(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = cli("run", DOUBLE, photos, out, "--dry-run", "--format", "webp")
    assert said.code == 0
    assert not out.exists()
    assert [line.split()[:3] for line in said.out.splitlines()] == [
        ["make", "40x20", str(out / "a.webp")],
        ["make", "32x32", str(out / "b.webp")],
        ["make", "16x24", str(out / "sea/c.webp")],
    ]
    assert "3 to make" in said.err


def test_dry_run_says_what_is_skipped_and_why(cli: Cli, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli("run", "gray", photos, out)
    (photos / "d.png").write_bytes((photos / "a.png").read_bytes())
    found = rows(cli("run", "gray", photos, out, "--dry-run", "--json").out)
    assert [row["status"] for row in found] == ["skip", "skip", "make", "skip"]
    assert "same input and recipe" in str(found[0]["why"])
    assert found[2]["out_size"] == {"height": 10, "width": 20}


def test_include_exclude_and_patterns(cli: Cli, photos: Path, tmp_path: Path) -> None:
    cli("run", "gray", photos, tmp_path / "1", "--include", "*.png", "--exclude", "sea/*")
    assert list(sizes(tmp_path / "1")) == ["a.png"]
    cli("run", "gray", f"{photos}/**/*.png", tmp_path / "2")
    assert list(sizes(tmp_path / "2")) == ["a.png", "sea/c.png"]


def test_settings_change_parameters(cli: Cli, photos: Path, tmp_path: Path) -> None:
    cli("run", DOUBLE, photos / "a.png", tmp_path / "o.png", "--set", "upscale-bicubic.factor=3")
    assert opened(tmp_path / "o.png").size == (60, 30)


def test_a_plugin_file_runs(cli: Cli, photos: Path, plugin: Path, tmp_path: Path) -> None:
    said = cli("run", "dim by=1", photos / "a.png", tmp_path / "o.png", "--plugin", plugin)
    assert said.code == 0
    assert opened(tmp_path / "o.png").getextrema() == ((0, 0),) * 3


def test_format_quality_and_metadata(cli: Cli, photos: Path, tmp_path: Path) -> None:
    for quality in (20, 95):
        cli("run", "identity", photos / "a.png", tmp_path / f"{quality}", "--format", "jpg",
            "--quality", quality, "--metadata", "strip")  # fmt: skip
    small, large = tmp_path / "20/a.jpg", tmp_path / "95/a.jpg"
    assert opened(small).format == "JPEG"
    assert small.stat().st_size < large.stat().st_size


def test_a_sheet_shows_each_pair_side_by_side(cli: Cli, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(4):
        Image.new("RGB", (200, 100), "red").save(source / f"{number}.png")
    said = cli("run", "invert", source, tmp_path / "out", "--sheet", tmp_path / "s.png")
    assert said.code == 0
    sheet = opened(tmp_path / "s.png").convert("RGB")
    colors = {color: count for count, color in sheet.getcolors(10_000) or []}
    assert colors[255, 0, 0] == colors[0, 255, 255] == 4 * 200 * 100
    assert 0.5 < sheet.width / sheet.height < 3


def test_bars_are_drawn_on_stderr_when_asked_for(cli: Cli, photos: Path, tmp_path: Path) -> None:
    said = cli("run", "gray | invert", photos, tmp_path / "out", "--progress")
    assert (said.code, said.out) == (0, "")
    assert "invert" in said.err
    assert "finished" in said.err
    assert "finished" not in cli("run", "gray", photos, tmp_path / "2").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gray"], "give inputs and, last, an output"),
        (["gray", "PHOTOS"], "give inputs and, last, an output"),
        (["gray", "none-such", "OUT"], "no file or folder 'none-such'"),
        (["gray", "PHOTOS", "PHOTOS"], "inputs are never overwritten"),
        (["gray", "PHOTOS", "OUT/x.png"], "may be several; give a folder"),
        (["gray", "PHOTOS", "-"], "takes one picture"),
        (["gray", "-", "PHOTOS", "OUT"], "other inputs cannot stand beside"),
        (["gray", "PHOTOS/a.png", "-", "--json"], "both want stdout"),
        (["gray", "-", "OUT", "--from", "-"], "both want stdin"),
        (["gray", "--from", "none.txt", "OUT"], "none.txt: cannot be read"),
        (["gray", "PHOTOS", "OUT", "--format", "xyz"], "not a format"),
        (["gray", "PHOTOS", "OUT", "--quality", "0"], "--quality"),
        (["gray", "PHOTOS", "OUT", "--set", "a=1"], "step.param=value"),
    ],
)
def test_wrong_usage_ends_with_2_and_runs_nothing(
    cli: Cli, photos: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    places = {"PHOTOS": str(photos), "OUT": str(tmp_path / "out")}
    for short, path in places.items():
        arguments = [argument.replace(short, path) for argument in arguments]
    said = cli("run", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in " ".join(said.err.split())
    assert not (tmp_path / "out").exists()


def test_a_device_that_is_not_there_ends_with_3(cli: Cli, photos: Path, tmp_path: Path) -> None:
    said = cli("run", "gray", photos, tmp_path / "out", "--device", "cuda:99")
    assert said.code == 3
    assert said.err.startswith("translate: ")
    assert "done" not in said.err


def test_missing_weights_are_fetched_by_a_run_and_not_offline(
    cli: Cli, photos: Path, plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSLATE_HOME", str(tmp_path / "home"))
    arguments = ["run", "learned", photos, tmp_path / "out", "--plugin", plugin]
    said = cli(*arguments, "--offline")
    assert said.code == 3
    assert "translate weights fetch far" in said.err
    said = cli(*arguments)
    assert said.code == 0, said.err
    assert "fetching 'far' from file://" in said.err
    assert "licence: CC0" in said.err
    assert (tmp_path / "home/far.safetensors").read_bytes() == b"abc"
    assert "fetching" not in cli(*arguments, "--offline").err
