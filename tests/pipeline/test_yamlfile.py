"""The pipeline file: what is read from it, and where it is said to be wrong."""

from __future__ import annotations

import pytest

from translate.errors import PipelineError
from translate.pipeline import read_yaml

FILE = """\
name: old-photo
description: Repair and enlarge.
inputs: [image, mask]
steps:
  - gray
  - stage: enlarge
    mode: off
    factor: 4
"""


def test_file_is_read_with_places() -> None:
    found = read_yaml(FILE, "old.yaml")
    assert (found.name, found.description) == ("old-photo", "Repair and enlarge.")
    assert found.inputs == ("image", "mask")
    assert found.steps[1].params == {"mode": "off", "factor": 4}
    assert str(found.steps[1].where) == "old.yaml:6:12"
    assert str(found.steps[1].place_of("factor")) == "old.yaml:8:5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1:1: is empty"),
        ("gray", "f.yaml:1:1: a pipeline is a mapping"),
        ("name: x", "f.yaml:1:1: has no 'steps:'"),
        ("stpes: [gray]", "f.yaml:1:1: unknown key 'stpes', did you mean 'steps'?"),
        ("steps: gray", "f.yaml:1:8: 'steps' is a list"),
        ("steps: []", "f.yaml:1:8: 'steps' is empty"),
        ("steps: [{factor: 2}]", "f.yaml:1:9: a step needs 'stage: NAME'"),
        ("steps: [{stage: [a]}]", "f.yaml:1:17: 'stage' must be"),
        ("steps: [[gray]]", "f.yaml:1:9: a step is"),
        ("steps: [gray]\nsteps: [gray]", "f.yaml:2:1: 'steps' is given twice"),
        ("inputs: [maks]\nsteps: [gray]", "f.yaml:1:10: no input 'maks', did you mean 'mask'?"),
        ("inputs: image\nsteps: [gray]", "f.yaml:1:9: 'inputs' is a list of image, mask"),
        ("name: [a]\nsteps: [gray]", "f.yaml:1:7: 'name' must be text"),
        ("{[a]: 1}", "f.yaml:1:2: a key must be a word"),
        ("steps:\n  - stage: a\n    k: [1", "f.yaml:3:10: not valid YAML"),
        ("steps: [&a gray, *a]", "f.yaml:1:18: not valid YAML: aliases"),
        ("steps: [{stage: a, k: !!python/object/apply:os.system [id]}]", "f.yaml:1:23: not plain"),
        ("steps: [{stage: a, k: " + "9" * 5000 + "}]", "f.yaml:1:23: not plain data"),
        ("---\nsteps: [a]\n---\nsteps: [b]", "f.yaml:3:1: not valid YAML"),
        ("a\x00b", "f.yaml: not a text file"),
        ("[" * 4000, "f.yaml: nested too deeply"),
    ],
)
def test_file_errors_tell_line_and_column(text: str, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
