"""How held-out pictures are measured: `Recipe.aligned` says whether each has its own result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from translate.weights import read_header

SMALL = {
    "gan": {"z_dim": 4, "w_dim": 4, "width": 4, "max_width": 4, "mapping_layers": 1},
    "vqgan": {"width": 4, "multipliers": [1, 2], "z_channels": 4, "embed_dim": 4, "groups": 2},
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight pictures of noise."""
    folder = tmp_path / "data"
    folder.mkdir()
    for seed in range(8):
        pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{seed}.png")
    return folder


@pytest.fixture
def trained(cli: Callable[..., Any], data: Path, mobilenet: nn.Module) -> Callable[[str], Path]:
    """Train a recipe on the pictures, four of them held out, with features to measure by."""
    features = data.with_name("features.pth")
    torch.save(mobilenet.state_dict(), features)

    def train(recipe: str) -> Path:
        out = data.with_name(recipe)
        said = cli(
            "train", recipe, data, out, "--crop-size", "16", "--load-size", "16", "--batch", "2",
            "--images", "4", "--sample-every", "2", "--val", "0.5", "--device", "cpu",
            "--threads", "1", "--precision", "float32", "--features", features,
            "--set", "ndf=4", "--set", f"generator_config={json.dumps(SMALL[recipe])}",
        )  # fmt: skip
        assert said.code == 0, said.err
        return out

    return train


def measures(out: Path) -> list[dict[str, dict[str, float]]]:
    """Return the rows of the statistics that tell of held-out pictures."""
    rows = [json.loads(line) for line in (out / "stats.jsonl").read_text().splitlines()]
    return [row for row in rows if "held_out" in row]


def test_pictures_out_of_noise_are_compared_as_a_set(trained: Callable[[str], Path]) -> None:
    out = trained("gan")
    rows = measures(out)
    assert len(rows) == 2
    for row in rows:
        assert set(row["held_out"]) == {"frechet"}
        assert row["held_out"]["frechet"] > 0
        # what comes of noise has no input to be compared with
        assert row["baseline"] == {}
    kept = json.loads(read_header(out / "best.safetensors").metadata["metrics"])
    assert kept["frechet"] == pytest.approx(min(row["held_out"]["frechet"] for row in rows))


def test_what_should_become_itself_is_compared_picture_by_picture(
    trained: Callable[[str], Path],
) -> None:
    for row in measures(trained("vqgan")):
        assert set(row["held_out"]) == {"psnr", "ssim", "l1", "feature_distance"}
