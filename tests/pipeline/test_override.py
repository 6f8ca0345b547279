"""`--set`: which step and parameter are meant."""

from __future__ import annotations

import pytest

from translate import Store
from translate.errors import UsageError
from translate.pipeline import build, check, override, read_chain
from translate.plugins import Registry


def test_override_by_name_number_and_count(registry: Registry) -> None:
    chain = read_chain("gray | enlarge | enlarge")
    found = override(chain, ["gray.factor=1", "enlarge#2.factor=3", "2.mode=off", "gray.note=a=b"])
    assert [dict(step.params) for step in found.steps] == [
        {"factor": 1, "note": "a=b"},
        {"mode": "off"},
        {"factor": 3},
    ]
    assert chain.steps[0].params == {}
    assert build(found, registry)[2] == registry.stage("enlarge").model_validate({"factor": 3})


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("factor=2", "write step.param=value"),
        ("enlarge.factor", "write step.param=value"),
        (".factor=2", "write step.param=value"),
        ("enlrge.factor=2", "no step 'enlrge', did you mean 'enlarge'?"),
        ("enlarge.factor=2", "'enlarge' occurs 2 times; write enlarge#1"),
        ("enlarge#3.factor=2", "there is no #3"),
        ("4.factor=2", "there is no step 4; the pipeline has 3"),
        ("0.factor=2", "there is no step 0"),
        ("gray.size=[1", "is not a well-formed list"),
    ],
)
def test_override_errors_name_the_option(setting: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        override(read_chain("gray | enlarge | enlarge"), [setting])
    assert str(caught.value).startswith(f"--set {setting}: ")
    assert message in str(caught.value)


def test_a_wrong_override_is_told_by_its_option(registry: Registry, store: Store) -> None:
    found = override(read_chain("enlarge"), ["enlarge.factor=9"])
    (problem,) = check(found, registry, store)
    assert str(problem) == "--set enlarge.factor=9: enlarge: factor must be at most 8, not 9"
