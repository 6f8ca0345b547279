"""Which weights the plugin brings: `weights/NAME.safetensors`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from translate.weights import Weights

SHIPPED: Mapping[str, tuple[str, str]] = {
    "autoencoder": ("Apache-2.0", "Emoji and photographs to latents of 1/8 the side, and back"),
    "gan": ("Apache-2.0", "Icons of 64 px out of noise and words; clip-guide moves through them"),
    "clip": ("Apache-2.0 AND BSD-3-Clause", "A small CLIP for emoji and photographs, 128 px"),
}
"""Licence and description by name. Stages take `autoencoder`, `gan` (what listens to
words) and `clip` by default, once there is a line for them here."""


def default(name: str) -> Any:
    """Return what a parameter takes where nothing is said: a name that ships, else nothing."""
    return name if name in SHIPPED else ...


def weights() -> list[Weights]:
    """Return what the plugin registers."""
    folder = Path(__file__).with_name("weights")
    return [
        Weights(name, folder / f"{name}.safetensors", license=license, description=text)
        for name, (license, text) in SHIPPED.items()
    ]
