"""Stages that are made for tests, and pictures to run through them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from pydantic import ConfigDict

from translate import Batch, Context, Contract, Stage, Store
from translate.run.options import Options
from translate.run.program import Program
from translate.stage import Run


class Identity(Stage):
    """Give every picture back as it came."""

    name: ClassVar[str] = "identity"

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch


class Invert(Stage):
    """Turn light into dark."""

    name: ClassVar[str] = "invert"
    amount: float = 1.0

    def contract(self, store: Store) -> Contract:
        return Contract(halo=0)

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch.replace(image=batch.image.lerp(1 - batch.image, self.amount))


class Smear(Stage):
    """Average over `2 * reach + 1` pixels each way, and enlarge: a network with a halo."""

    name: ClassVar[str] = "smear"
    reach: int = 3
    factor: int = 1
    multiple: int = 1

    def contract(self, store: Store) -> Contract:
        return Contract(
            halo=self.reach, multiple_of=self.multiple, channels=(3,), min_size=self.reach + 1
        )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return height * self.factor, width * self.factor

    def load(self, ctx: Context) -> Run:
        from torch.nn import functional

        def run(batch: Batch) -> Batch:
            padded = functional.pad(batch.image, (self.reach,) * 4, "reflect")
            smooth = functional.avg_pool2d(padded, 2 * self.reach + 1, stride=1)
            return batch.replace(image=functional.interpolate(smooth, scale_factor=self.factor))

        return run


class Grain(Stage):
    """Add noise that belongs to the picture."""

    name: ClassVar[str] = "grain"
    strength: float = 0.2

    def contract(self, store: Store) -> Contract:
        return Contract(halo=0)

    def load(self, ctx: Context) -> Run:
        def run(batch: Batch) -> Batch:
            channels, height, width = batch.image.shape[1:]
            noise = batch.noise(channels, height, width)
            return batch.replace(image=batch.image + self.strength * noise)

        return run


class Fill(Stage):
    """Paint what is masked black."""

    name: ClassVar[str] = "fill"

    def contract(self, store: Store) -> Contract:
        return Contract(needs=("image", "mask"), halo=0)

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch.replace(image=batch.image * (1 - batch.mask))  # type: ignore[operator]


class Greedy(Stage):
    """Run out of memory on more than `most` pixels in a call."""

    name: ClassVar[str] = "greedy"
    most: int = 1
    halo: int | None = 0

    def contract(self, store: Store) -> Contract:
        return Contract(halo=self.halo)

    def load(self, ctx: Context) -> Run:
        import torch

        def run(batch: Batch) -> Batch:
            count, _, height, width = batch.image.shape
            if count * height * width > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory (made up by a test)")
            return batch.replace(image=1 - batch.image)

        return run


class Picky(Stage):
    """Fail on pictures whose key contains a word."""

    name: ClassVar[str] = "picky"
    word: str = "bad"

    def load(self, ctx: Context) -> Run:
        def run(batch: Batch) -> Batch:
            if any(self.word in key for key in batch.keys):
                raise RuntimeError("this one\nis bad")
            return batch.replace(image=1 - batch.image)

        return run


class Write(Stage):
    """Make a gray picture from a prompt alone: as bright as the prompt is long."""

    name: ClassVar[str] = "write"

    def contract(self, store: Store) -> Contract:
        return Contract(needs=("prompts",))

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return 8, 12

    def load(self, ctx: Context) -> Run:
        import torch

        def run(batch: Batch) -> Batch:
            lengths = torch.tensor([len(prompt) / 100 for prompt in batch.prompts or ()])
            image = lengths[:, None, None, None].expand(-1, 3, 8, 12)
            return batch.replace(image=image).with_info([{"length": len(p)} for p in batch.prompts])  # type: ignore[union-attr]

        return run


class Wait(Stage):
    """Hold every picture until the test lets it go."""

    name: ClassVar[str] = "wait"
    model_config = ConfigDict(arbitrary_types_allowed=True)
    gate: threading.Event
    begun: threading.Event

    def load(self, ctx: Context) -> Run:
        def run(batch: Batch) -> Batch:
            self.begun.set()
            self.gate.wait(10)
            return batch

        return run


@pytest.fixture
def stages() -> SimpleNamespace:
    """The stages of this file."""
    kinds = (Identity, Invert, Smear, Grain, Fill, Greedy, Picky, Write, Wait)
    return SimpleNamespace(**{kind.__name__: kind for kind in kinds})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that holds nothing."""
    return Store(home=tmp_path / "home")


@pytest.fixture
def program(store: Store) -> Callable[..., Program]:
    """Load steps on the CPU, with settings by name."""

    def load(*steps: Stage, **settings: object) -> Program:
        return Program(steps, store, options=Options(device="cpu", **settings))  # type: ignore[arg-type]

    return load


@pytest.fixture
def draw() -> Callable[..., np.ndarray]:
    """Make samples that differ everywhere: slopes and grain."""

    def make(
        height: int = 24, width: int = 32, channels: int = 3, seed: int = 0, dtype: str = "uint8"
    ) -> np.ndarray:
        levels = np.iinfo(dtype).max
        noise = np.random.default_rng(seed).random((height, width, channels))
        slope = np.linspace(0, 1, width)[None, :, None]
        return np.asarray((0.6 * slope + 0.4 * noise) * levels, dtype)

    return make


@pytest.fixture
def save(draw: Callable[..., np.ndarray]) -> Callable[..., Path]:
    """Write a picture file that differs by `seed`."""

    def make(path: Path, seed: int = 0, height: int = 24, width: int = 32, **how: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw(height, width, seed=seed)).save(path, **how)
        return path

    return make


@pytest.fixture
def photos(tmp_path: Path, save: Callable[..., Path]) -> Path:
    """A folder of six pictures: a tree, names that repeat, several formats, two sizes."""
    folder = tmp_path / "photos"
    names = ["a.png", "b.png", "b.webp", "sub/a.png", "sub/deep/c.png", "z.bmp"]
    for seed, name in enumerate(names):
        save(folder / name, seed=seed, width=32 + 8 * (seed % 2))
    return folder
