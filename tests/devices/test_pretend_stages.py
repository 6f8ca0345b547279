"""Every stage that is built in gives the same pictures on a device that is not the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from translate.pipeline.ask import contract_of
from translate.plugins import Registry, discover
from translate.run.chain import Loaded, apply_all, load
from translate.run.frame import Frame, to_batch
from translate.run.made import frames_of
from translate.stage import Context
from translate.weights import Store

FAST = {"steps": 2, "check_every": 1, "cutouts": 2}
REQUIRED: dict[str, dict[str, Any]] = {
    "resize": {"width": 30},
    "crop": {"width": 20, "height": 10},
    "clip-guide": {"weights": "vqgan", "clip": "clip", "frames": 2, **FAST},
    "sample": {"weights": "gan", "size": 32},
    "reconstruct": {"weights": "vqgan"},
    "interpolate": {"weights": "vqgan", "frames": 2},
    "latent-arithmetic": {"weights": "vqgan", "minus": "PICTURE", "plus": "PICTURE"},
    "style-mix": {"weights": "gan", "start": "noise", "size": 32},
    "cyclegan": {"weights": "cyclegan", "report": "error", "show": "heatmap"},
    "pix2pix": {"weights": "pix2pix"},
    "upscale": {"weights": "upscale", "factor": 2},
    "colorize": {"weights": "colorize"},
    "inpaint": {"weights": "inpaint"},
    "uncrop": {"weights": "uncrop", "left": 8},
}
"""Parameters that stages need, or that keep them quick; names of recipes stand for weights."""
MORE: list[tuple[str, dict[str, Any]]] = [
    ("rotate", {"angle": 30}),
    ("pad", {"all": 5, "mode": "reflect", "mark": True}),
    ("equalize", {"per_channel": True}),
    ("auto-levels", {"per_channel": True}),
    ("blur", {"kind": "motion", "angle": 30}),
    ("denoise", {"kind": "median"}),
    ("denoise", {"kind": "guided", "radius": 3}),
    ("edges", {"method": "sobel"}),
    ("noise", {"shot": 0.2, "monochrome": True}),
    ("blend", {"other": "reference", "mode": "soft-light"}),
    ("mask-grow", {"pixels": 3, "feather": 1.5}),
    ("mask-scratches", {"kind": "both", "width": 2, "length": 7}),
    ("upscale", {"mode": "fidelity"}),
    ("colorize", {"variety": 1.0, "steps": 2, "samples": 2, "palette": 0.5}),
    ("inpaint", {"detail": 1.0, "steps": 2}),
    ("pix2pix", {"stats": "per_image", "dropout": "seeded"}),
    ("clip-guide", {"weights": "gan", "start": "noise", "size": 32, "prompt": "PICTURE | red:2"}),
    ("clip-guide", {"augment": ["erase", "noise"], "tv_weight": 1, "init_weight": 1}),
    ("clip-guide", {"range_weight": 1, "optimizer": "radam", "distance": "cosine"}),
    ("interpolate", {"weights": "gan", "start": "noise", "size": 32}),
]
NAMES = sorted(discover().stages)


@pytest.fixture
def run(registry: Registry, weights: dict[str, str], tmp_path: Path) -> Callable[..., list[Frame]]:
    """Run a stage on two pictures as the program does, from samples to samples."""
    picture = tmp_path / "red.png"
    Image.new("RGB", (32, 32), "red").save(picture)

    def run(name: str, parameters: dict[str, Any], device: torch.device, dtype: torch.dtype):
        filled = {
            key: weights.get(value, value.replace("PICTURE", str(picture)))
            if isinstance(value, str) and key not in ("mode", "kind", "other")
            else value
            for key, value in {**REQUIRED.get(name, {}), **parameters}.items()
        }
        stage = registry.stages[name].model_validate(filled)
        contract = contract_of(stage, Store())
        ctx = Context(device, dtype, Store(), registry.generators)
        loaded = Loaded(stage, contract, load(stage, ctx))
        frames = [frame(number) for number in range(2)]
        with torch.no_grad():
            given = to_batch(frames, device)
            given = given.replace(kept=given.image.flip(-1))
            made = apply_all([loaded], given, lambda: None)
            assert made.image.device == device
            return frames_of(frames, given, made)

    return run


def frame(seed: int) -> Frame:
    """Return slopes and grain with everything that may lie beside a picture."""
    rows, columns = np.mgrid[0:32, 0:40]
    grain = np.random.default_rng(seed).integers(0, 60, (32, 40, 3))
    image = np.stack([rows * 4, columns * 4, rows + columns], -1) + grain
    mask = ((rows > 10) & (rows < 20) & (columns > 12) & (columns < 24)) * 255
    return Frame(
        f"{seed}.png",
        seed,
        image.astype(np.uint8),
        alpha=(255 - 3 * columns).astype(np.uint8),
        mask=mask.astype(np.uint8),
        reference=image[::-1, ::-1].astype(np.uint8).copy(),
        prompt="a red cat | sea:-0.5",
    )


@pytest.mark.parametrize(("name", "parameters"), [*((name, {}) for name in NAMES), *MORE], ids=str)
def test_a_stage_gives_the_same_picture(run, device, name: str, parameters: dict[str, Any]) -> None:
    ours = run(name, parameters, torch.device("cpu"), torch.float32)
    theirs = run(name, parameters, device, torch.float32)
    for one, other in zip(ours, theirs, strict=True):
        gap = np.abs(one.image.astype(int) - other.image.astype(int))
        assert one.image.shape == other.image.shape
        assert gap.max() <= 1
