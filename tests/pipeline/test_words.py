"""What is wrong with a parameter, in words."""

from __future__ import annotations

import pytest

from translate import Store
from translate.pipeline import check, read_chain
from translate.plugins import Registry


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("factor=2.5", "factor must be a whole number, not 2.5"),
        ("factor=many", "factor must be a whole number, not 'many'"),
        ("factor=null", "factor must be a whole number, not nothing"),
        ("factor=0", "factor must be at least 1, not 0"),
        ("blend=.inf", "blend must be a finite number or must be 'auto', not inf"),
        ("size=3", "size must be a list, such as [640, 480], not 3"),
        ("size=[1,2,3]", "size must have at most 2 entries, not [1, 2, 3]"),
        ("note=3", "note must be text (in quotes), not 3"),
        ("note=true", "note must be text (in quotes), not true"),
        ("zzz=1", "no parameter 'zzz'; it takes factor, mode, size, blend, note"),
    ],
)
def test_ranges_and_types_are_told_in_words(
    parameter: str, words: str, registry: Registry, store: Store
) -> None:
    (problem,) = check(read_chain(f"enlarge {parameter}"), registry, store)
    assert str(problem) == f"chain:1:9: enlarge: {words}"
