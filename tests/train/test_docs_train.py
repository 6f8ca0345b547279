"""What docs/train.md shows works as it is written there."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import translate
from translate.recipe import Defaults
from translate.train.events import Finished
from translate.train.session import Job, train
from translate.train.settings import resolve


def test_the_recipe_of_the_docs_trains(
    root: Path, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs/train.md").read_text(), re.DOTALL)
    names = {"translate": translate, "Defaults": Defaults, "torch": torch, "nn": nn, "F": F}
    training = types.ModuleType("my_plugin.training")
    training.__dict__.update(
        names, Net=lambda channels: nn.Conv2d(channels, channels, 3, padding=1)
    )
    exec(blocks[1], training.__dict__)
    monkeypatch.setitem(sys.modules, "my_plugin", types.ModuleType("my_plugin"))
    monkeypatch.setitem(sys.modules, "my_plugin.training", training)
    module = types.ModuleType("my_plugin.recipes")
    module.__dict__.update(names)
    exec(blocks[0], module.__dict__)
    recipe = module.__dict__["Denoise"]()
    given = {"images": 8, "batch": 2, "crop_size": 8, "val": 0.3, "sample_every": 4}
    settings = resolve(recipe, str(pairs / "A"), {**given, "device": "cpu", "threads": 1})
    events = list(train(Job(recipe, settings, tmp_path / "out")))
    assert isinstance(events[-1], Finished)
    measured = [event for event in events if hasattr(event, "baseline")]
    assert measured[0].baseline["psnr"] == measured[1].baseline["psnr"], "the same noise each look"
