"""Tiny networks of random weights, and what opens them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from PIL import Image

from translate import Batch, Context, Generator, Recipe, Store, TrainContext, Training
from translate.nn.gan.choose import weights_config
from translate.train.step import Stepper
from translate.weights import save_file
from translate_clip.generators import STYLEGAN, VQGAN, StyleGanConfig, VqganConfig
from translate_clip.nets.clip import Clip, ClipConfig

TINY_VQGAN = VqganConfig(width=4, multipliers=(1, 2), z_channels=4, embed_dim=4, codes=16, groups=2)
TINY_STYLEGAN = StyleGanConfig(
    resolution=16, z_dim=8, w_dim=8, width=4, max_width=8, mapping_layers=2, words=("cat", "red")
)
TINY_CLIP = ClipConfig(
    embed_dim=16, image_size=32, trunk_width=10, context_length=8, width=16, heads=2, layers=1
)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (24, 16), "red").save(path)
    return path


@pytest.fixture(scope="session")
def generators() -> Mapping[str, Generator]:
    return {kind.name: kind for kind in (VQGAN, STYLEGAN)}


@pytest.fixture
def ctx(generators: Mapping[str, Generator]) -> Context:
    return Context(torch.device("cpu"), torch.float32, Store(), generators)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Files of a tiny VQGAN, StyleGAN and CLIP, by name."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    made = {
        "vqgan": (VQGAN.build(TINY_VQGAN), weights_config(VQGAN, TINY_VQGAN)),
        "stylegan": (STYLEGAN.build(TINY_STYLEGAN), weights_config(STYLEGAN, TINY_STYLEGAN)),
        "clip": (Clip(TINY_CLIP), {"network": "clip", "clip": TINY_CLIP.model_dump()}),
    }
    for name, (net, config) in made.items():
        save_file(folder / f"{name}.safetensors", net.state_dict(), config, {})
    return {name: str(folder / f"{name}.safetensors") for name in made}


@pytest.fixture
def batch() -> Batch:
    """Three pictures of 16 x 16 with a prompt each."""
    image = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    prompts = ("a red cat", "the sea | a boat:-0.5", "red")
    return Batch(image, ("a.png", "b.png", "c.png"), (11, 12, 13), prompts=prompts)


@pytest.fixture
def pictures() -> Batch:
    """Four captioned pictures of one colour each, with a gentle ramp."""
    names = ("red", "green", "blue", "gray")
    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]])
    ramp = torch.linspace(0.4, 1, 32).expand(1, 1, 32, 32)
    return Batch(
        colours[:, :, None, None] * ramp,
        tuple(f"{name}.png" for name in names),
        (1, 2, 3, 4),
        prompts=tuple(f"a {name} wall" for name in names),
    )


@pytest.fixture
def train_context(generators: Mapping[str, Generator]) -> Callable[[int], TrainContext]:
    """Return what a recipe is prepared with, for pictures of a side."""

    def make(size: int) -> TrainContext:
        device = torch.device("cpu")
        return TrainContext(device, generators, images=100, batch=4, size=(size, size))

    return make


@pytest.fixture
def prepare(train_context: Callable[[int], TrainContext]) -> Callable[..., Training]:
    """Prepare a recipe; its networks are the same each time."""

    def make(recipe: Recipe, size: int = 32) -> Training:
        torch.manual_seed(0)
        return recipe.prepare(train_context(size))

    return make


@pytest.fixture
def train() -> Callable[..., list[dict[str, float]]]:
    """Return what steps as the loop does, and gives losses and log of each step."""

    def steps(
        training: Training, batch: Batch, count: int, dtype: torch.dtype = torch.float32
    ) -> list[dict[str, float]]:
        stepper = Stepper(training, torch.device("cpu"), dtype)
        return [{**stepper.step([batch], [i], 1.0), **training.log()} for i in range(count)]

    return steps
