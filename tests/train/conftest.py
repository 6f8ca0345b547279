"""A small data set, and a quick run of a small recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from translate.plugins import Registry, discover
from translate.train.events import Event
from translate.train.job import Job
from translate.train.session import train
from translate.train.settings import resolve

PLUGIN = Path(__file__).with_name("tiny.py")


@pytest.fixture(scope="session")
def tiny_plugin() -> Path:
    """The file of the plugin that offers the recipes `tiny` and `tiny-unpaired`."""
    return PLUGIN


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The small recipes alone."""
    return discover([PLUGIN], found=[])


@pytest.fixture
def draw() -> Callable[..., None]:
    """Write a picture of noise to a path."""
    return picture


def picture(path: Path, seed: int, size: tuple[int, int] = (12, 12), mode: str = "RGB") -> None:
    """Write a picture of noise; `size` is width and height."""
    channels = len(mode)
    shape = (size[1], size[0], channels) if channels > 1 else (size[1], size[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(array, mode if channels > 1 else "L").save(path)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A folder of 7 pairs in A/ and B/."""
    for index in range(7):
        picture(tmp_path / "data" / "A" / f"{index}.png", index)
        picture(tmp_path / "data" / "B" / f"{index}.png", 100 + index)
    return tmp_path / "data"


Start = Callable[..., list[Event]]


@pytest.fixture
def start(tmp_path: Path, pairs: Path, registry: Registry) -> Start:
    """Run a training of the tiny recipe in a folder by name, and return its events."""

    def run(
        name: str = "out",
        recipe: str = "tiny",
        fields: dict[str, Any] | None = None,
        data: Path = pairs,
        stop: Callable[[], bool] = lambda: False,
        said: Callable[[Event], Any] = lambda event: None,
        **settings: Any,
    ) -> list[Event]:
        chosen = registry.recipes[recipe].model_validate(fields or {})
        given = {"val": 0.0, "precision": "float32", "device": "cpu", "threads": 1, **settings}
        job = Job(chosen, resolve(chosen, str(data), given), tmp_path / name)
        events = []
        for event in train(job, stop):
            said(event)
            events.append(event)
        return events

    return run
