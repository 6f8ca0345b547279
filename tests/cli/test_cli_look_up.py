"""The commands that list: stages, pipelines, plugins, schema, doctor, check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from translate.pipeline import shipped

Cli = Callable[..., Any]


def test_stages_are_listed_with_their_plugin(cli: Cli, plugin: Path) -> None:
    said = cli("stages", "--plugin", plugin)
    assert said.code == 0
    rows = [line.split() for line in said.out.splitlines()]
    assert ["dim", "my_stage", "Make", "a", "picture", "darker."] in rows
    assert rows == sorted(rows)


def test_a_stage_is_shown_with_its_parameters(cli: Cli, plugin: Path) -> None:
    said = cli("stages", "dim", "--plugin", plugin)
    assert "Make a picture darker.\n\nAll of it alike." in said.out
    assert "by         float 0 to 1  0.5      share of the light" in said.out
    assert "works on the whole picture" in said.out


def test_every_stage_can_be_shown(cli: Cli) -> None:
    for facts in json.loads(cli("stages", "--json").out):
        assert facts["help"], facts["name"]
        assert cli("stages", facts["name"]).out.startswith(facts["name"])
        for parameter in facts["parameters"]:
            assert parameter["description"], f"{facts['name']}.{parameter['name']}"


def test_a_mistyped_stage_is_told(cli: Cli) -> None:
    said = cli("stages", "gry")
    assert (said.code, said.out) == (2, "")
    assert "no stage 'gry', did you mean 'gray'?" in said.err


def test_pipelines_are_listed_and_printed(cli: Cli) -> None:
    listed = cli("pipelines")
    rows = json.loads(cli("pipelines", "--json").out)
    assert [row["name"] for row in rows] == list(shipped())
    for row in rows:
        assert row["name"] in listed.out
        assert row["description"], row["name"]
        assert cli("pipelines", row["name"]).out == Path(row["file"]).read_text()
    said = cli("pipelines", "none-such")
    assert (said.code, said.out) == (2, "")


def test_shipped_pipelines_pass_the_check(cli: Cli) -> None:
    for name in shipped():
        said = cli("check", name)
        assert said.code == 0, said.err


def test_plugins_show_what_they_offer_and_what_is_broken(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(
        "import translate\n"
        "class Gray(translate.Stage):\n"
        "    name = 'half'\n"
        "    def load(self, ctx): ...\n"
        "@translate.hookimpl\n"
        "def register_stages(): return [Gray]\n"
    )
    said = cli("plugins", "--plugin", file)
    assert said.code == 0
    assert "stages: half" in said.out
    reports = {row["name"]: row for row in json.loads(cli("plugins", "--json").out)}
    assert "gray" in reports["basic"]["offers"]["stages"]
    assert reports["basic"]["builtin"] is True


def test_schema_names_every_stage(cli: Cli, plugin: Path) -> None:
    found = json.loads(cli("schema", "--plugin", plugin).out)
    stages = {row["name"] for row in json.loads(cli("stages", "--json", "--plugin", plugin).out)}
    assert set(found["$defs"]["step"]["properties"]["stage"]["enum"]) == stages


def test_doctor_finds_this_machine_in_order(cli: Cli) -> None:
    said = cli("doctor", "--json")
    found = {row["what"]: row for row in json.loads(said.out)}
    assert said.code == (3 if any(row["state"] == "bad" for row in found.values()) else 0)
    for what in ("translate", "name", "packages", "torch", "machine", "formats", "weights"):
        assert found[what]["detail"]
    assert "torch" in cli("doctor").out


def test_check_shows_steps_and_sizes(cli: Cli) -> None:
    said = cli("check", "gray | upscale-bicubic factor=3", "--size", "20x10")
    assert said.code == 0
    assert said.out.splitlines()[1].split() == ["2", "upscale-bicubic", "60x30", "factor=3"]
    assert "it needs image" in said.err


def test_check_tells_every_problem_with_its_place(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("steps:\n  - gry\n  - stage: upscale-bicubic\n    factor: 99\n")
    said = cli("check", file)
    assert (said.code, said.out) == (2, "")
    first, second, total = said.err.splitlines()
    assert first == f"{file}:2:5: no stage 'gry', did you mean 'gray'?"
    assert second.startswith(f"{file}:4:5: upscale-bicubic: factor must be at most")
    assert total == "translate: 2 problems; nothing was run"


def test_check_as_json(cli: Cli) -> None:
    said = cli("check", "gry | invert", "--json")
    found = json.loads(said.out)
    assert (said.code, found["ok"]) == (2, False)
    assert found["problems"][0]["line"] == 1
    assert [step["stage"] for step in found["steps"]] == ["gry", "invert"]


def test_check_with_settings(cli: Cli) -> None:
    assert cli("check", "upscale-bicubic", "--set", "upscale-bicubic.factor=3").code == 0
    said = cli("check", "upscale-bicubic", "--set", "upscale-bicubic.factor=0")
    assert said.code == 2
    assert said.err.startswith("--set upscale-bicubic.factor=0: upscale-bicubic: factor must be")


def test_check_says_what_a_run_would_fetch(
    cli: Cli, plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSLATE_HOME", str(tmp_path / "home"))
    said = cli("check", "learned", "--plugin", plugin)
    assert said.code == 0
    assert "a run fetches 'far' from file://" in said.err
    assert "CC0" in said.err
    assert cli("check", "learned", "--plugin", plugin, "--offline").code == 3


@pytest.mark.parametrize("size", ["20", "20x", "0x5", "axb", "-1x5"])
def test_a_size_that_is_none(cli: Cli, size: str) -> None:
    said = cli("check", "gray", f"--size={size}")
    assert said.code == 2
    assert "width x height" in said.err
