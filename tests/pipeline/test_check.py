"""Everything that is wrong with a pipeline is told at once, each in its place."""

from __future__ import annotations

from translate import Store
from translate.pipeline import check, read_chain
from translate.plugins import Registry


def test_every_problem_of_a_pipeline_is_told_at_once(registry: Registry, store: Store) -> None:
    chain = "enlarge factor=9 | gry | enlarge fctor=2 mode=of size=[1] blend=x note=toolong | rgb"
    found = [str(problem) for problem in check(read_chain(chain), registry, store)]
    assert found == [
        "chain:1:9: enlarge: factor must be at most 8, not 9",
        "chain:1:20: no stage 'gry', did you mean 'gray'?",
        "chain:1:34: enlarge: no parameter 'fctor', did you mean 'factor'?",
        "chain:1:42: enlarge: mode must be 'off' or 'soft', not 'of'",
        "chain:1:50: enlarge: size must have more entries",
        "chain:1:59: enlarge: blend must be a number or must be 'auto', not 'x'",
        "chain:1:67: enlarge: note must be short",
    ]


def test_sizes_are_tried(registry: Registry, store: Store) -> None:
    chain = read_chain("enlarge | cut")
    assert not check(chain, registry, store, size=(50, 60))
    (problem,) = check(chain, registry, store, size=(40, 60))
    assert str(problem).startswith("chain:1:11: cut: 120x80 px do not fit: the picture must have")
