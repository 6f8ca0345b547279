"""Settings: filled from the recipe, kept as YAML, compared when a run is resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from translate.errors import UsageError
from translate.plugins import Registry
from translate.train.settings import (
    differences,
    read,
    resolve,
    seconds,
    size_in_bytes,
    write,
)


@pytest.fixture
def recipe(registry: Registry) -> Any:
    return registry.recipes["tiny"]()


def test_what_is_left_open_comes_from_the_recipe(recipe: Any) -> None:
    found = resolve(recipe, "data", {"crop_size": 128, "batch": None})
    assert (found.batch, found.ema, found.schedule) == (2, 8, "constant")
    assert found.load_size == 160, "in the recipe's proportion"
    assert found.options == recipe.model_dump()


def test_the_linear_schedule_falls_in_the_second_half(recipe: Any) -> None:
    assert resolve(recipe, "data", {"images": 1000}).decay_from == 500


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"images": 0}, "images must be"),
        ({"schedule": "linnear"}, "schedule must be"),
        ({"val": 1.0}, "val must be"),
        ({"save_every": "5 minutes"}, "'5 minutes' is not a duration"),
        ({"cache": "much"}, "'much' is not a size"),
        ({"load_size": 4, "crop_size": 8}, "load_size 4 is smaller than crop_size 8"),
    ],
)
def test_what_does_not_fit_is_one_line(recipe: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as found:
        resolve(recipe, "data", given)
    assert "\n" not in str(found.value)


def test_settings_go_through_yaml(recipe: Any, tmp_path: Path) -> None:
    settings = resolve(recipe, "data", {"val": 0.1, "license": "MIT", "flip": False})
    write(settings, tmp_path / "x" / "settings.yaml")
    assert read(tmp_path / "x" / "settings.yaml") == settings


@pytest.mark.parametrize("text", ["", "recipe: [", "recipe: 3"])
def test_other_yaml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"s\.yaml: not the settings"):
        read(tmp_path / "s.yaml")


def test_only_what_matters_differs(recipe: Any, registry: Registry) -> None:
    old = resolve(recipe, "data", {})
    free = resolve(recipe, "data", {"images": 99, "save_every": "1h", "threads": 7})
    assert differences(old, free) == []
    other = registry.recipes["tiny"].model_validate({"rate": 0.5})
    assert differences(old, resolve(other, "data", {"seed": 3})) == [
        "rate: was 0.01, now 0.5",
        "seed: was 0, now 3",
    ]


@pytest.mark.parametrize(("text", "value"), [("30s", 30), ("5m", 300), ("1.5h", 5400), ("0s", 0)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(("text", "value"), [("500MB", 5e8), ("2 gb", 2e9), ("17", 17)])
def test_sizes(text: str, value: float) -> None:
    assert size_in_bytes(text) == value
