"""`translate run` in a shell's pipe, and by lists of inputs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

Cli = Callable[..., Any]

MAIN = "from translate.cli import main; main()"
DOUBLE = "gray | upscale-bicubic factor=2"


def pipe(data: bytes, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", MAIN, "run", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def test_a_picture_goes_through_the_pipe(photos: Path) -> None:
    ended = pipe((photos / "b.jpg").read_bytes(), DOUBLE, "-", "-")
    assert ended.returncode == 0, ended.stderr
    with Image.open(io.BytesIO(ended.stdout)) as made:
        found = (made.format, made.size, made.mode)
    assert found == ("PNG", (32, 32), "L")


def test_what_is_on_stdin_and_no_picture(photos: Path) -> None:
    ended = pipe(b"no picture", "gray", "-", "-")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"translate: ")
    assert b"standard input" in ended.stderr
    assert ended.stderr.count(b"\n") == 1


def test_a_list_of_inputs_from_stdin(photos: Path, tmp_path: Path) -> None:
    listed = f"{photos / 'a.png'}\n{photos / 'none.png'}\n".encode()
    ended = pipe(listed, "gray", "--from", "-", tmp_path / "out", "--json", "--dry-run")
    assert ended.returncode == 0
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert sorted(row["status"] for row in found) == ["fail", "make"]


def test_a_list_of_inputs_from_a_file(cli: Cli, photos: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"{photos / 'a.png'}\0{photos / 'sea/c.png'}\0")
    said = cli("run", "gray", "--from", listed, tmp_path / "out", "--json")
    assert said.code == 0
    assert len(said.out.splitlines()) == 2
