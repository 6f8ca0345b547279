from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate import InputError, UsageError
from translate_clip.prompts import Prompt, of_item, of_stage, parse


@pytest.mark.parametrize(
    ("line", "prompts"),
    [
        ("a cat", (Prompt("a cat", 1.0),)),
        ("a cat:2 | fog:-0.5", (Prompt("a cat", 2.0), Prompt("fog", -0.5))),
        (r"ratio 16\:9 | this\|that :3", (Prompt("ratio 16:9", 1.0), Prompt("this|that", 3.0))),
        ("  monet.JPG : .25 ", (Prompt("monet.JPG", 0.25),)),
    ],
)
def test_grammar(line: str, prompts: tuple[Prompt, ...]) -> None:
    assert parse(line) == prompts


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "empty; say what"),
        ("  \t", "empty; say what"),
        ("a cat | ", "empty part"),
        ("a cat | :2", "empty part"),
        ("a cat:heavy", "weight 'heavy' of prompt 'a cat:heavy' is no number"),
        ("time 12:30pm", "no number"),
        ("a cat:nan", "finite and not 0"),
        ("a cat:inf", "finite and not 0"),
        ("a cat:0", "finite and not 0"),
    ],
)
def test_what_is_wrong_is_said(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(line)
    with pytest.raises(UsageError, match=message):
        of_stage(line)
    with pytest.raises(InputError, match=r"b\.png: .*" + message):
        of_item(line, "b.png")


texts = st.text(st.characters(exclude_characters="\\"), min_size=1).filter(lambda t: t.strip())
weights = st.floats(-100, 100).filter(lambda w: w != 0)


@given(st.lists(st.tuples(texts, weights), min_size=1, max_size=4))
def test_what_is_escaped_comes_back(parts: list[tuple[str, float]]) -> None:
    def escaped(text: str) -> str:
        return text.replace(":", r"\:").replace("|", r"\|")

    line = "|".join(f"{escaped(text)}:{weight!r}" for text, weight in parts)
    assert parse(line) == tuple(Prompt(text.strip(), weight) for text, weight in parts)


def test_a_picture_prompt_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "monet.png"
    with pytest.raises(UsageError, match=r"picture prompt '.*monet\.png': no such file"):
        of_stage(f"a dome | {path}:2")
    path.touch()
    assert of_stage(f"a dome | {path}:2")[1].picture == path
    assert parse("a dome")[0].picture is None
