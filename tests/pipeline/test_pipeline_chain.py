"""The inline chain: what is read from it, and where it is said to be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate.errors import PipelineError
from translate.pipeline import read_chain


def test_chain_has_stages_parameters_and_columns() -> None:
    found = read_chain("gray | enlarge factor=3 size=[1, 2] note='a | b'")
    assert [step.stage for step in found.steps] == ["gray", "enlarge"]
    assert found.steps[1].params == {"factor": 3, "size": [1, 2], "note": "a | b"}
    assert str(found.steps[1].where) == "chain:1:8"
    assert str(found.steps[1].place_of("factor")) == "chain:1:16"
    assert found.name == "gray | enlarge"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2", 2), ("-1", -1), ("0x10", 16), ("1e-4", 1e-4), ("1.5", 1.5), (".5", 0.5),
        ("true", True), ("null", None), ("off", "off"), ("no", "no"), ("010", "010"),
        ("2024-01-02", "2024-01-02"), ("1:30", "1:30"), ("'2'", "2"), ('"a b"', "a b"),
        ("a\\ b", "a b"), ("a:b", "a:b"), ("{a: 1}", {"a": 1}), ("[a,  1]", ["a", 1]),
        ("x=y", "x=y"), ("", None), ('"say \\"hi\\""', 'say "hi"'), ("#fff", "#fff"),
    ],
)  # fmt: skip
def test_values_of_a_chain_follow_the_core_schema(written: str, value: object) -> None:
    assert read_chain(f"enlarge k={written}").steps[0].params == {"k": value}


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("", "the pipeline is empty"),
        ("gray |", "chain:1:7: a step is empty"),
        ("| gray", "chain:1:1: a step is empty"),
        ("gray 'x", "chain:1:6: a quote is opened and not closed"),
        ("gray k=[1", "chain:1:8: a bracket is opened and not closed"),
        ("gray enlarge", "chain:1:6: 'enlarge' is no parameter"),
        ("gray k=1 k=2", "chain:1:10: 'k' is given twice"),
        ("k=1 gray", "chain:1:1: a step begins with a stage's name"),
        ("gray k={a", "chain:1:8: a bracket"),
        ("gray k=[!!python/name:os.system ]", "chain:1:6: '[!!python/name:os.system ]'"),
    ],
)
def test_chain_errors_tell_the_column(chain: str, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        read_chain(chain)
    assert str(caught.value).startswith(message)


@given(st.text(max_size=40))
def test_any_chain_is_read_or_refused_in_one_line(text: str) -> None:
    message = ""
    try:
        read_chain(text)
    except PipelineError as error:
        message = str(error)
    assert "\n" not in message.replace(text, "")
