"""Tiny networks with random weights, as files that the stages open."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from translate import Batch, Store
from translate.nn.diffusion.unet import build_unet
from translate.run.options import Options
from translate.run.program import Program
from translate.weights import save_file
from translate_diffusion.configs import ColorizerConfig, FillerConfig, UpscalerConfig
from translate_diffusion.nets import colorizer, filler
from translate_diffusion.nets.upscaler import Upscaler

UPSCALER = UpscalerConfig(width=8, blocks=1, detail_widths=(16, 16))
COLORIZER = ColorizerConfig(patch=4, widths=(16, 32), size=32, guide=8)
FILLER = FillerConfig(patch=4, widths=(16, 32))


def stirred(net: nn.Module) -> nn.Module:
    """Give a network that starts at zero something to say."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.03)
    return net


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths of weights by the name of the stage that they are for."""
    folder: Path = tmp_path_factory.mktemp("weights")
    made = {
        "upscale": (Upscaler(UPSCALER), UPSCALER),
        "colorize": (colorizer.Colorizer(COLORIZER), COLORIZER),
        "inpaint": (build_unet(filler.unet_config(FILLER)), FILLER),
    }
    for name, (net, config) in made.items():
        state = stirred(net).state_dict()
        save_file(folder / f"{name}.safetensors", state, config.model_dump(), {})
    return {name: str(folder / f"{name}.safetensors") for name in made}


@pytest.fixture
def run():
    """Return the function that runs stages on a batch as the core does, in float32."""

    def run(batch: Batch, *stages) -> Batch:
        program = Program(stages, Store(), options=Options(device="cpu", precision="float32"))
        return program.run(batch)

    return run


@pytest.fixture(scope="session")
def picture():
    """Return the function that makes a soft picture, without the clipped colours of noise."""

    def picture(height: int, width: int, channels: int = 3, seed: int = 0) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        small = torch.rand(
            1, channels, max(2, height // 6), max(2, width // 6), generator=generator
        )
        large = nn.functional.interpolate(small, (height, width), mode="bilinear")
        return ((large * 0.8 + 0.1) * 255).round() / 255

    return picture


@pytest.fixture(scope="session")
def batch_of():
    """Return the function that makes a batch of pictures, with keys and seeds of their own."""

    def batch_of(image: torch.Tensor, **slots) -> Batch:
        count = len(image)
        return Batch(image, tuple(f"{i}.png" for i in range(count)), tuple(range(count)), **slots)

    return batch_of
