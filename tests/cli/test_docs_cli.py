"""docs/cli.md and docs/pipelines.md tell what the command line takes, and show what is true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from translate.cli.app import make_app
from translate.pipeline import build, check, override, read, read_yaml
from translate.plugins import Registry, discover
from translate.weights import Store

ROOT = Path(__file__).resolve().parents[2]
CLI = (ROOT / "docs/cli.md").read_text("utf-8")
PIPELINES = (ROOT / "docs/pipelines.md").read_text("utf-8")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


def commands() -> dict[str, Any]:
    group: Any = get_command(make_app(["run"]))
    return {name: group.get_command(None, name) for name in group.list_commands(None)}


def section(name: str) -> str:
    """Return what stands below a command's heading."""
    found = re.search(rf"^## translate {name}$(.*?)(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no heading '## translate {name}'"
    return found[1]


def test_every_command_has_a_heading() -> None:
    for name in commands():
        assert section(name)


def options(command: Any) -> set[str]:
    parts = getattr(command, "commands", {"": command}).values()
    return {
        opt
        for part in parts
        for parameter in part.params
        for opt in parameter.opts
        if opt.startswith("--") and opt != "--help"
    }


def test_every_option_is_documented_and_no_other() -> None:
    for name, command in commands().items():
        if name == "train":
            continue
        text = section(name)
        documented = set(re.findall(r"`(--[a-z-]+)", text)) - {
            "--no-progress",
        }
        assert options(command) - documented == set(), name
        if name == "run":
            assert documented == options(command)


def test_every_field_of_json_lines_is_documented() -> None:
    from translate.run.results import Done, Failed, Skipped

    documented = {
        field for row in re.findall(r"^\| (`.*?) \|", section("run"), re.MULTILINE)
        for field in re.findall(r"`([a-z_]+)`", row)
    }  # fmt: skip
    for kind in (Done, Failed, Skipped):
        assert set(kind.__dataclass_fields__) <= documented


def test_the_file_of_the_docs_is_a_pipeline(registry: Registry) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PIPELINES, re.DOTALL)
    found = read_yaml(text, "docs/pipelines.md")
    assert check(found, registry, Store(registry.weights)) == []


def test_chains_and_settings_of_the_docs_are_valid(registry: Registry) -> None:
    shown = re.findall(r"^translate (?:check|run) .*$", PIPELINES, re.MULTILINE)
    assert len(shown) == 5
    for line in shown:
        words = shlex.split(line)
        if words[2] == "poster.yaml":
            words[2] = "gray | posterize levels=4 | upscale-bicubic factor=2"
        settings = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
        assert build(override(read(words[2], registry), settings), registry)


def test_the_python_of_the_docs_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PIPELINES, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "docs/pipelines.md", "exec"), names)
    assert names["problems"] == []
    assert [stage.name for stage in names["stages"]] == ["gray", "upscale-bicubic"]


def test_examples_of_run_are_valid(registry: Registry) -> None:
    """What --help and docs/cli.md show first: the pipelines exist, and settings fit."""
    from translate.cli.run import EXAMPLES

    for line in EXAMPLES.strip().splitlines():
        assert line in section("run")
        words = shlex.split(line[line.index("translate run") :])
        settings = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
        assert build(override(read(words[2], registry), settings), registry)
