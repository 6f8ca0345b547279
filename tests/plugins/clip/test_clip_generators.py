from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from translate import Batch, Context, Generator, GeneratorConfig, WeightsError
from translate.weights import save_file
from translate_clip.stages import Sample


def test_a_third_party_generator_takes_part_and_one_without_latents_is_told(
    ctx: Context, batch: Batch, tmp_path: Path
) -> None:
    class Plain(nn.Module):
        """One colour a latent, or nothing but a forward."""

        def __init__(self) -> None:
            super().__init__()
            self.shade = nn.Parameter(torch.ones(1))

    class Colour(Plain):
        def sample(self, seed, height, width, words=(), truncation=1.0):
            return torch.full((1, 3, 1, 1), seed % 2)

        def decode(self, latent):
            return (latent * self.shade).expand(-1, -1, 4, 4)

    mine = {
        net.__name__: Generator(
            net.__name__, GeneratorConfig, lambda config, net=net: net(), (0, 1)
        )
        for net in (Plain, Colour)
    }
    own = Context(ctx.device, ctx.dtype, ctx.store, mine)
    for name in mine:
        path = tmp_path / f"{name}.safetensors"
        save_file(path, {"shade": torch.ones(1)}, {"generator": name, "generator_config": {}}, {})
    made = Sample(weights=str(tmp_path / "Colour.safetensors"), size=8).load(own)(batch)
    assert made.image[:, 0, 0, 0].round().tolist() == [1, 0, 1]
    with pytest.raises(WeightsError, match="needs one with a latent space"):
        Sample(weights=str(tmp_path / "Plain.safetensors")).load(own)
    with pytest.raises(WeightsError, match="needs generator 'Colour', which no plugin has"):
        Sample(weights=str(tmp_path / "Colour.safetensors")).load(ctx)
    config = {"generator": "stylegan", "generator_config": {"resolution": 8}}
    save_file(tmp_path / "odd.safetensors", {"shade": torch.ones(1)}, config, {})
    with pytest.raises(WeightsError, match="does not fit generator 'stylegan'"):
        Sample(weights=str(tmp_path / "odd.safetensors")).load(ctx)
