"""What docs/train.md shows works as it is written there."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from translate.plugins import GROUP, Registry, discover
from translate.testing import conform
from translate.train.events import Finished
from translate.train.job import Job
from translate.train.session import train
from translate.train.settings import resolve


@pytest.fixture
def registry(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The package of the page, installed as a stranger's would be."""
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs/train.md").read_text(), re.DOTALL)
    package = tmp_path / "my_clean"
    package.mkdir()
    for name, block in zip(("__init__.py", "nets.py"), blocks, strict=True):
        (package / name).write_text(block)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("my_clean", "my_clean.nets"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return discover(found=[EntryPoint("clean", "my_clean", GROUP)])


def test_the_package_of_the_docs_trains_and_its_stage_runs_what_was_trained(
    registry: Registry, pairs: Path, tmp_path: Path
) -> None:
    recipe = registry.recipes["clean"]()
    given = {"images": 8, "batch": 2, "crop_size": 8, "val": 0.3, "sample_every": 4}
    settings = resolve(recipe, str(pairs / "A"), {**given, "device": "cpu", "threads": 1})
    events = list(train(Job(recipe, settings, tmp_path / "out")))
    assert isinstance(events[-1], Finished)
    measured = [event for event in events if hasattr(event, "baseline")]
    assert measured[0].baseline["psnr"] == measured[1].baseline["psnr"], "the same noise each look"

    stage = registry.stages["clean"](weights=str(tmp_path / "out" / "weights.safetensors"))
    conform(stage)
