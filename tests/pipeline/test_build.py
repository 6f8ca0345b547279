"""Steps become stages."""

from __future__ import annotations

import pytest

from translate.errors import PipelineError
from translate.pipeline import build, read_chain
from translate.plugins import Registry


def test_build_raises_the_first_problem_and_counts_the_others(registry: Registry) -> None:
    enlarge = registry.stage("enlarge").model_validate({"factor": 3})
    assert build(read_chain("enlarge factor=3"), registry) == (enlarge,)
    with pytest.raises(PipelineError, match=r"no stage 'a'.* \(and 1 more problems\)"):
        build(read_chain("a | b"), registry)
