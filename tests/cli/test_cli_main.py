"""The console script: help, errors in one line, exit codes, start-up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import translate
from translate.cli.app import COMMANDS

MAIN = "from translate.cli import main; main()"


def script(*arguments: str | Path, **environment: str) -> list[str]:
    return [sys.executable, "-c", MAIN, *map(str, arguments)]


def test_help_names_every_command(cli: Cli) -> None:
    said = cli("--help")
    assert said.code == 0
    for name in COMMANDS:
        assert f"  {name} " in said.out
        assert "Examples:" in cli(name, "--help").out


def test_help_says_of_each_command_what_its_own_help_says(cli: Cli) -> None:
    listed = " ".join(cli("--help").out.split())
    for name, summary in COMMANDS.items():
        assert f"{name} {summary}" in listed
        assert summary.rstrip(".") in " ".join(cli(name, "--help").out.split())


def test_version(cli: Cli) -> None:
    assert cli("--version").out.startswith(f"translate {translate.__version__} ")


def test_a_mistyped_command_is_wrong_usage(cli: Cli) -> None:
    said = cli("chek")
    assert said.code == 2
    assert "Did you mean 'check'" in said.err
    assert said.out == ""


def test_errors_are_one_line_on_stderr(cli: Cli) -> None:
    said = cli("check", "gry")
    assert (said.code, said.out) == (2, "")
    assert said.err == "translate: no pipeline or stage 'gry', did you mean 'gray'?\n"


def test_a_missing_plugin_file_ends_with_3(cli: Cli) -> None:
    said = cli("stages", "--plugin", "missing.py")
    assert said.code == 3
    assert "missing.py" in said.err


def test_a_mistake_in_a_plugin_names_the_stage_and_the_line(cli: Cli, plugin: Path) -> None:
    said = cli("check", "bug", "--plugin", plugin)
    line = plugin.read_text().splitlines().index("        return 1 / 0") + 1
    assert said.code == 3
    assert said.err.startswith(
        "chain:1:1: bug: its contract is broken: ZeroDivisionError: division by zero "
        f"(my_stage.py, line {line})\n"
    )
    listed = cli("stages", "--json", "--plugin", plugin)
    assert {"bug", "dim"} <= {row["name"] for row in json.loads(listed.out)}


def installed(folder: Path, name: str, module: str) -> None:
    """Lay a distribution with one plugin into a folder, as pip does."""
    info = folder / f"translate_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: translate-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[translate.plugins]\n{name} = stranger_{name}\n")
    (folder / f"stranger_{name}.py").write_text(module)


GREET = """
import translate

@translate.hookimpl
def register_commands(app):
    @app.command()
    def greet(name: str) -> None:
        "Greet somebody."
        print(f"hello {name}")
"""


def test_what_was_not_foreseen_is_one_line_and_a_hint(tmp_path: Path) -> None:
    installed(tmp_path, "crash", GREET.replace("print(", "1 / 0 or print("))

    def said(*arguments: str) -> list[str]:
        path = {**os.environ, "PYTHONPATH": str(tmp_path)}
        ended = subprocess.run(
            script(*arguments), env=path, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        return ended.stderr.splitlines()

    first, hint = said("greet", "you")
    assert first == "translate: ZeroDivisionError: division by zero"
    assert "--debug" in hint
    assert said("--debug", "greet", "you")[-1] == "ZeroDivisionError: division by zero"


def test_strangers_add_commands_and_broken_ones_stop_nothing(tmp_path: Path) -> None:
    installed(tmp_path, "greeter", GREET)
    installed(tmp_path, "broken", "raise SystemExit('no')")
    installed(tmp_path, "clumsy", GREET.replace("    @app.command()", "    1 / 0"))

    def said(*arguments: str) -> subprocess.CompletedProcess[str]:
        path = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            script(*arguments), env=path, capture_output=True, text=True, check=False
        )

    assert said("greet", "you").stdout == "hello you\n"
    listed = said("--help")
    assert "greet " in listed.stdout
    assert "Greet somebody." in listed.stdout
    assert "commands of stranger_clumsy are left out: ZeroDivisionError" in listed.stderr
    reports = {row["name"]: row for row in json.loads(said("plugins", "--json").stdout)}
    assert reports["broken"]["problem"] == "SystemExit: no (stranger_broken.py, line 1)"
    assert reports["greeter"]["source"] == "translate-greeter 1.0"
    assert said("check", "gray").returncode == 0


PROBE = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from translate.cli import execute
heavy = {"torch", "torchvision", "kornia", "lightning_fabric", *json.loads(sys.argv[1])}
found = {}
for arguments in json.loads(sys.argv[2]):
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        code = execute(arguments)
    found[" ".join(arguments)] = [code, sorted(heavy & set(sys.modules))]
print(json.dumps(found))
"""

Cli = Callable[..., Any]


def imports(also: list[str], *commands: list[str]) -> dict[str, list[object]]:
    """Return exit code and heavy modules that are imported after each command, in one process."""
    arguments = [sys.executable, "-c", PROBE, json.dumps(also), json.dumps(commands)]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    found: dict[str, list[object]] = json.loads(ended.stdout)
    return found


def test_help_imports_nothing_heavy() -> None:
    found = imports(["numpy", "PIL", "rich"], ["--help"], ["run", "--help"])
    assert all(ended == [0, []] for ended in found.values()), found


def test_commands_that_only_look_never_import_torch(photos: Path, tmp_path: Path) -> None:
    found = imports(
        [],
        ["check", "gray | upscale-bicubic factor=2", "--size", "20x30"],
        ["stages"],
        ["stages", "gray"],
        ["stages", "--json"],
        ["pipelines"],
        ["plugins"],
        ["schema"],
        ["weights"],
        ["run", "gray", str(photos), str(tmp_path / "out"), "--dry-run"],
        ["train", "--help"],
    )
    assert all(ended == [0, []] for ended in found.values()), found


def test_a_reader_that_goes_away_is_no_error() -> None:
    ended = subprocess.run(
        f'"{sys.executable}" -c "{MAIN}" schema | head -c 20',
        shell=True,
        capture_output=True,
        check=True,
    )
    assert len(ended.stdout) == 20
    assert ended.stderr == b""


def test_file_names_that_are_no_text_are_told(photos: Path, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(photos) + b"/\xff.png")).write_bytes(b"none")
    ended = subprocess.run(
        script("run", "gray", photos, tmp_path / "out", "--dry-run", "--json"),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    keys = {json.loads(line)["key"] for line in ended.stdout.splitlines()}
    assert os.fsdecode(b"\xff.png") in keys


def test_ctrl_c_ends_with_130_and_leaves_whole_files(
    photos: Path, plugin: Path, tmp_path: Path
) -> None:
    for number in range(200):
        (photos / f"{number}.png").write_bytes((photos / "a.png").read_bytes())
    out = tmp_path / "out"
    process = subprocess.Popen(
        script("run", "slow", photos, out, "--plugin", plugin, "--workers", "1"),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while len(list(out.glob("*.png"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "done in" in said
    assert 0 < len(list(out.rglob("*.png"))) < 203
    assert not list(out.rglob("*.part"))


def test_completion_offers_commands_stages_and_pipelines() -> None:
    def offered(words: str) -> set[str]:
        variables = {"_TRANSLATE_COMPLETE": "complete_bash", "COMP_WORDS": words,
                     "COMP_CWORD": str(len(words.split(" ")) - 1)}  # fmt: skip
        ended = subprocess.run(script(), env={**os.environ, **variables}, capture_output=True,
                               text=True, check=False)  # fmt: skip
        return set(ended.stdout.split())

    assert "check" in offered("translate ch")
    assert {"gray", "gamma"} <= offered("translate run g")
    assert "gray" in offered("translate stages gr")
