from __future__ import annotations

from pathlib import Path

import pytest

from translate.plugins import discover
from translate.run.options import Options
from translate.run.recipe import input_digest, item_recipe, run_recipe
from translate.run.sidecars import Beside

PLUGIN = """
from translate import Stage, hookimpl

class Nothing(Stage):
    name = "nothing"

    def load(self, ctx):
        return lambda batch: batch  # {}

@hookimpl
def register_stages():
    return [Nothing]
"""


def test_same_steps_and_settings_give_the_same_digest(stages, store) -> None:
    def digest(*steps, **settings) -> str:
        return run_recipe(steps, store, Options(**settings))

    invert, smear = stages.Invert(), stages.Smear()
    assert digest(invert, smear) == digest(stages.Invert(), stages.Smear(), workers=3)
    different = [
        digest(invert, smear),
        digest(smear, invert),
        digest(invert),
        digest(stages.Invert(amount=0.5)),
        digest(invert, seed=1),
        digest(invert, quality=80),
        digest(invert, format="png"),
    ]
    assert len(set(different)) == len(different)


def test_edited_plugin_file_is_another_recipe(tmp_path: Path, store) -> None:
    def digest(comment: str) -> str:
        file = tmp_path / "mine.py"
        file.write_text(PLUGIN.format(comment), "utf-8")
        stage = discover([file], found=[]).stages["nothing"]
        return run_recipe([stage()], store, Options())

    assert digest("one") == digest("one")
    assert digest("one") != digest("two")


@pytest.mark.parametrize("slot", ["mask", "reference"])
def test_bytes_of_what_lies_beside_count_and_not_its_name(tmp_path: Path, slot: str) -> None:
    files = {name: tmp_path / name for name in ("one", "same", "other")}
    for name, file in files.items():
        file.write_bytes(b"other" if name == "other" else b"one")
    one, same, other = (item_recipe("k", Beside(**{slot: file}), "r") for file in files.values())
    assert one == same != other


def test_prompt_key_and_run_count() -> None:
    found = {
        item_recipe("k", Beside(prompt="a"), "r"),
        item_recipe("k", Beside(prompt="b"), "r"),
        item_recipe("l", Beside(prompt="a"), "r"),
        item_recipe("k", Beside(prompt="a"), "s"),
    }
    assert len(found) == 4


def test_prompt_is_the_input_where_there_is_no_picture() -> None:
    assert input_digest(None, Beside(prompt="a")) != input_digest(None, Beside(prompt="b"))
