"""docs/stages.md says what the stages are."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import translate_basic
import translate_clip
from translate.cli.describe import parameters

STAGES = {stage.name: stage for stage in translate_basic.register_stages()}
LATENT = {stage.name: stage for stage in translate_clip.register_stages()}


@pytest.fixture(scope="module")
def maker(root: Path) -> ModuleType:
    """Return docs/make_stages.py as a module."""
    spec = importlib.util.spec_from_file_location("make_stages", root / "docs/make_stages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def entries(root: Path) -> dict[str, str]:
    """Return the text under each stage's heading."""
    parts = re.split(r"^### (\S+)$", (root / "docs/stages.md").read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(text: str) -> list[str]:
    return re.findall(r"^\| `(\S+)` \|", text, flags=re.M)


def test_the_page_is_what_the_script_writes(root: Path, maker: ModuleType) -> None:
    assert (root / "docs/stages.md").read_text("utf-8") == maker.page(
        STAGES.values(), LATENT.values()
    ), "run python docs/make_stages.py"


def test_every_stage_has_one_entry(entries: dict[str, str]) -> None:
    assert sorted(entries) == sorted([*STAGES, *LATENT])


@pytest.mark.parametrize("name", STAGES)
def test_an_entry_names_each_parameter_and_shows_a_small_picture(
    root: Path, entries: dict[str, str], name: str
) -> None:
    text = entries[name]
    assert documented(text) == [parameter.name for parameter in parameters(STAGES[name])]
    picture = re.search(r"\((stages/\S+\.webp)\)", text)
    assert picture is not None
    assert (root / "docs" / picture[1]).stat().st_size <= 12_000


@pytest.mark.parametrize("name", LATENT)
def test_an_entry_of_a_latent_space_has_a_command_of_its_stage(
    entries: dict[str, str], name: str
) -> None:
    assert documented(entries[name]) == [parameter.name for parameter in parameters(LATENT[name])]
    (command,) = re.findall(r"^translate run '(.*?)' .*$", entries[name], flags=re.M)
    stage, *settings = command.split()
    assert stage == name
    LATENT[name].model_validate(dict(setting.split("=") for setting in settings))


@pytest.mark.parametrize("name", STAGES)
def test_the_example_runs_the_stage_on_a_sample(root: Path, maker: ModuleType, name: str) -> None:
    chain, sample = maker.EXAMPLES[name]
    assert name in re.split(r"[ |]+", chain)
    assert (root / sample).is_file()


def test_no_picture_is_left_over(root: Path) -> None:
    assert {path.stem for path in (root / "docs/stages").iterdir()} == set(STAGES)
