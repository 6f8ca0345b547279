"""The device that is not there, and what tests run on it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from translate.plugins import Registry, discover
from translate.recipe import TrainContext
from translate.weights import save_file

SIDE = 32
_GAN = {"width": 4, "max_width": 8, "z_dim": 8, "w_dim": 8, "mapping_layers": 1}
_VQGAN = {"width": 4, "multipliers": [1, 2], "z_channels": 4, "embed_dim": 4, "groups": 2}
_UNET = {"generator": "unet-128", "generator_config": {"num_downs": 3}, "ngf": 4}
_JUDGE = {"ndf": 4, "discriminator": "n_layers", "n_layers": 1}
_TOWERS = {"embed_dim": 8, "trunk_width": 10, "width": 8, "heads": 2, "layers": 1}
SMALL = {
    "pix2pix": {**_UNET, **_JUDGE},
    "cyclegan": {"generator_config": {"blocks": 1}, "ngf": 4, **_JUDGE},
    "upscale": {"width": 8, "blocks": 1, "detail_widths": [16]},
    "colorize": {"widths": [16, 32]},
    "inpaint": {"widths": [16, 32]},
    "uncrop": {"widths": [16, 32]},
    "vqgan": {"codes": 16, "ndf": 4, "generator_config": _VQGAN},
    "gan": {"ndf": 4, "generator_config": _GAN},
    "clip": {**_TOWERS, "context_length": 8},
}
"""Settings of every recipe that make its networks tiny."""


@pytest.fixture(scope="session")
def pretend() -> ModuleType:
    """The module beside this one; the test skips where torch cannot have such a device."""
    path = Path(__file__).with_name("pretend.py")
    spec = importlib.util.spec_from_file_location("pretend", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pretend"] = module
    spec.loader.exec_module(module)
    if not module.available():
        pytest.skip(f"this torch has no {module.SETUP}, by which devices are made in Python")
    return module


@pytest.fixture(scope="session")
def device(pretend: ModuleType) -> torch.device:
    """The device."""
    found: torch.device = pretend.register()
    return found


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Everything that is built in."""
    return discover()


@pytest.fixture(scope="session")
def small() -> dict[str, dict[str, object]]:
    """Settings of every recipe, by name, that make its networks tiny."""
    return SMALL


@pytest.fixture(scope="session")
def trunk(mobilenet: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of MobileNetV2 weights."""
    path = tmp_path_factory.mktemp("trunk") / "mobilenet.pth"
    torch.save(mobilenet.state_dict(), path)
    return str(path)


@pytest.fixture(scope="session")
def weights(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files of first weights by the recipe that would train them."""
    folder = tmp_path_factory.mktemp("weights")
    ctx = TrainContext(torch.device("cpu"), registry.generators, images=4, size=(SIDE, SIDE))
    for name, fields in SMALL.items():
        torch.manual_seed(0)
        recipe = registry.recipes[name].model_validate(fields)
        state = recipe.prepare(ctx).nets["generator"].state_dict()
        save_file(folder / f"{name}.safetensors", state, recipe.config(ctx), {})
    return {name: str(folder / f"{name}.safetensors") for name in SMALL}


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pairs of pictures in A/ and B/, and captions.tsv beside them."""
    folder = tmp_path_factory.mktemp("pictures")
    names = [f"{side}/{number}.png" for side in "AB" for number in range(6)]
    for seed, name in enumerate(names):
        pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(folder / name)
    lines = [f"{name}\ta red {'cat' if name < 'B' else 'boat'}" for name in names]
    (folder / "captions.tsv").write_text("\n".join(lines), encoding="utf-8")
    return folder
