"""Which weights the plugin brings: `weights/NAME.safetensors`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from translate.weights import Weights

DESCRIPTIONS: Mapping[str, str] = {}
"""By name. Stages take `vqgan` (an autoencoder), `gan` (what listens to words) and `clip` by
default, once there is a line for them here."""


def default(name: str) -> Any:
    """Return what a parameter takes where nothing is said: a name that ships, else nothing."""
    return name if name in DESCRIPTIONS else ...


def weights() -> list[Weights]:
    """Return what the plugin registers."""
    folder = Path(__file__).with_name("weights")
    return [
        Weights(name, folder / f"{name}.safetensors", license="Apache-2.0", description=text)
        for name, text in DESCRIPTIONS.items()
    ]
