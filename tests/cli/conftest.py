"""What the command line is called with."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of three small pictures, one of them in a folder of its own."""
    folder = tmp_path / "photos"
    (folder / "sea").mkdir(parents=True)
    for name, size in (("a.png", (20, 10)), ("b.jpg", (16, 16)), ("sea/c.png", (8, 12))):
        Image.linear_gradient("L").resize(size).convert("RGB").save(folder / name)
    return folder


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plugin file: a stage, and weights that can be fetched."""
    target = tmp_path / "tensors.safetensors"
    target.write_bytes(b"abc")
    file = tmp_path / "my_stage.py"
    file.write_text(_PLUGIN.format(url=target.as_uri(), sha256=_SHA_OF_ABC))
    return file


_SHA_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
_PLUGIN = '''
import translate
from translate import Field

class Dim(translate.Stage):
    """Make a picture darker.

    All of it alike.
    """
    name = "dim"
    by: float = Field(0.5, ge=0, le=1, description="share of the light")

    def load(self, ctx):
        return lambda batch: batch.replace(image=batch.image * (1 - self.by))

class Bug(translate.Stage):
    """Its contract has a bug."""
    name = "bug"

    def contract(self, store):
        return 1 / 0

    def load(self, ctx):
        return None

class Slow(translate.Stage):
    """Sleep."""
    name = "slow"

    def load(self, ctx):
        import time
        def run(batch):
            time.sleep(0.05)
            return batch
        return run

class Learned(translate.Stage):
    """Opens weights."""
    name = "learned"
    weights: str = "far"

    def contract(self, store):
        return translate.Contract(weights=(self.weights,))

    def load(self, ctx):
        ctx.store.locate(self.weights)
        return lambda batch: batch

@translate.hookimpl
def register_stages():
    return [Dim, Bug, Slow, Learned]

@translate.hookimpl
def register_weights():
    return [
        translate.Weights("far", url="{url}", sha256="{sha256}", license="CC0", description="Far."),
        translate.Weights("false", url="{url}", sha256="{sha256}"[::-1]),
    ]
'''
