"""The JSON schema says of a pipeline file what `check` says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from translate import Context, Stage
from translate.cli.describe import parameters
from translate.pipeline import schema
from translate.plugins import Registry
from translate.stage import Run


class Curve(BaseModel):
    gamma: float = 1.0


class Tone(Stage):
    """Change tones.

    More about it.
    """

    name = "tone"
    amount: int = Field(1, ge=0, le=3, description="How much.")
    mode: Literal["off", "on"] = "on"
    curve: Curve = Curve()

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch


class Needy(Stage):
    name = "needy"
    size: int

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch


class Wordless(Stage):
    name = "wordless"
    function: Callable[[int], int] = abs

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch


def test_a_stage_whose_type_has_no_words_admits_anything_and_spoils_no_other() -> None:
    made = schema(Registry(stages={"tone": Tone, "wordless": Wordless}))
    validator = Draft202012Validator(made)
    assert validator.is_valid({"steps": [{"stage": "wordless", "function": "abs"}, "wordless"]})
    assert not validator.is_valid({"steps": [{"stage": "tone", "amount": 4}]})
    assert [(p.name, p.type) for p in parameters(Wordless)] == [("function", "any")]


@pytest.fixture
def made() -> dict[str, Any]:
    return schema(Registry(stages={"tone": Tone, "needy": Needy}))


def test_schema_is_json_and_names_every_stage(made: dict[str, Any]) -> None:
    json.dumps(made)
    assert made["$defs"]["step"]["properties"]["stage"]["enum"] == ["needy", "tone"]
    tone = made["$defs"]["Tone"]
    assert tone["properties"]["amount"]["maximum"] == 3
    assert tone["properties"]["amount"]["description"] == "How much."
    assert tone["properties"]["stage"] == {"const": "tone", "description": "Change tones."}
    assert made["$defs"]["Needy"]["required"] == ["stage", "size"]
    assert tone["properties"]["curve"]["$ref"] == "#/$defs/Curve"


@pytest.mark.parametrize(
    ("steps", "valid"),
    [
        (["tone"], True),
        ([{"stage": "tone", "amount": 2, "mode": "off"}], True),
        ([{"stage": "tone", "curve": {"gamma": 2.2}}], True),
        ([{"stage": "needy", "size": 3}, "tone"], True),
        ([], False),
        (["tune"], False),
        ([{"stage": "tune"}], False),
        ([{"amount": 2}], False),
        ([{"stage": "tone", "amount": 4}], False),
        ([{"stage": "tone", "mode": "of"}], False),
        ([{"stage": "tone", "amout": 1}], False),
        ([{"stage": "needy"}], False),
    ],
)
def test_schema_accepts_what_fits(made: dict[str, Any], steps: list[Any], valid: bool) -> None:
    validator = Draft202012Validator(made)
    assert validator.is_valid({"name": "x", "inputs": ["image"], "steps": steps}) is valid
