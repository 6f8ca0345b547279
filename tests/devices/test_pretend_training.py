"""Every recipe trains, looks, saves and goes on where it was on a device that is not the CPU.

In bfloat16, which a GPU takes by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from lightning_fabric import Fabric

from translate.plugins import Registry
from translate.train.data import load
from translate.train.events import Event, Measured
from translate.train.job import Job
from translate.train.output import Output
from translate.train.session import Session
from translate.train.settings import resolve
from translate.weights import Store

SIDE = 32
QUICK: list[tuple[str, dict[str, Any]]] = [
    ("pix2pix", {"preset": "lab", "gan_mode": "wgangp", "norm": "instance"}),
    ("pix2pix", {"generator": "refiner", "generator_config": {"widths": [4, 8]}, "ngf": None}),
    ("cyclegan", {"pool": 2}),
    ("upscale", {"drop": 0.1}),
    ("inpaint", {}),
    ("clip", {"trunk_rate": 0, "views": 3}),
]
LONGER: list[tuple[str, dict[str, Any]]] = [
    ("pix2pix", {}),
    ("colorize", {}),
    ("colorize", {"trunk": "TRUNK", "guide": 8}),
    ("uncrop", {}),
    ("vqgan", {"gan_start": 0, "perceptual": "TRUNK"}),
    ("vqgan", {"kind": "gumbel"}),
    ("vqgan", {"kind": "kl", "gan_loss": "non-saturating", "gan_start": 0}),
    ("gan", {"captions": "CAPTIONS", "ada_start": 0.5, "r1_every": 1}),
    ("gan", {"projected": "TRUNK", "anchor": 1.0, "loss": "hinge"}),
    ("gan", {"projected": "TRUNK", "ada_start": 0.5}),
    ("clip", {}),
]
_BY_FEATURES = ("cyclegan", "vqgan")
"""Recipes whose held-out pictures are also measured by features, as sets and one by one."""


@dataclass(frozen=True)
class Started:
    """What a session wants of Fabric, which knows no such device."""

    device: torch.device


@pytest.fixture
def train(
    registry: Registry,
    small: dict[str, dict[str, Any]],
    pictures: Path,
    trunk: str,
    device: torch.device,
    tmp_path: Path,
) -> Callable[..., tuple[list[Event], Session]]:
    """Train a recipe for some images, and return the events and the session."""
    files = {"TRUNK": trunk, "CAPTIONS": str(pictures / "captions.tsv")}

    def run(
        name: str, fields: dict[str, Any], images: int, **settings: Any
    ) -> tuple[list[Event], Session]:
        filled = {key: files.get(str(value), value) for key, value in fields.items()}
        recipe = registry.recipes[name].model_validate({**small[name], **filled})
        given = {
            "images": images, "batch": 2, "val": 0.5, "precision": "bfloat16", "threads": 1,
            "crop_size": SIDE, "load_size": SIDE, "sample_every": 2, "ema": 4, "samples": 2,
            "warmup": 0, "schedule": "constant", **settings,
        }  # fmt: skip
        job = Job(
            recipe, resolve(recipe, str(pictures), given), tmp_path / "out", registry.generators
        )
        data = load(recipe.data, job.settings)
        session = Session(job, Output.at(job.out), cast(Fabric, Started(device)), data)
        session.start()
        return list(session.loop(lambda: False).run()), session

    return run


@pytest.mark.parametrize(
    ("name", "fields"),
    [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in LONGER)],
    ids=str,
)
def test_a_recipe_trains_and_goes_on(train, trunk, name: str, fields: dict[str, Any]) -> None:
    measured_by = trunk if name in _BY_FEATURES else ""
    events, session = train(name, fields, 2, features=measured_by)
    assert any(isinstance(event, Measured) for event in events)
    assert Store().open(str(session.output.weights)).tensors
    _, resumed = train(name, fields, 4, features=measured_by)
    assert resumed.state.seen == 4
    assert {p.device for p in resumed.state.training.nets.parameters()} == {session.device}
