"""From the command line's word to a pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from translate import Store
from translate.errors import PipelineError, PluginError
from translate.pipeline import check, read, read_chain, shipped
from translate.plugins import Registry, Report


def test_paths_beside_the_file_are_found_from_anywhere(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("steps: [{stage: fill, weights: ./w.safetensors, note: a}]")
    assert read(str(file), registry).steps[0].params == {
        "weights": str(tmp_path / "w.safetensors"),
        "note": "a",
    }


def test_a_word_is_a_file_a_shipped_name_a_stage_or_nothing(
    tmp_path: Path, registry: Registry
) -> None:
    assert read("gray", registry).steps[0].stage == "gray"
    with pytest.raises(PipelineError, match=r"no pipeline or stage 'enlrge', did you mean 'enlarg"):
        read("enlrge", registry)
    with pytest.raises(PipelineError, match=r"missing\.yaml: cannot be read"):
        read("missing.yaml", registry)
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PipelineError, match="not a text file"):
        read(str(tmp_path / "a.yaml"), registry)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    with pytest.raises(PipelineError, match=r"a pipeline file must end in \.yaml"):
        read(str(picture), registry)


def test_shipped_pipelines_are_read_by_name(registry: Registry) -> None:
    for name in shipped():
        assert read(name, registry).steps


def test_a_broken_plugin_is_named_where_it_may_be_the_reason(registry: Registry) -> None:
    reports = (Report("fancy", "fancy 1.0", problem="ImportError: no module named 'x'"),)
    broken = Registry(stages=registry.stages, reports=reports)
    with pytest.raises(PluginError, match="plugin 'fancy' is broken: ImportError"):
        read("fancystage", broken)
    (problem,) = check(read_chain("gray | fancystage"), broken, Store())
    assert "plugin 'fancy' is broken" in str(problem)
    assert problem.exit_code == 3
