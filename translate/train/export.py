"""The finished weights: the averaged generator in float16, with all that is known about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from translate import __version__
from translate.train.settings import Settings
from translate.weights import save_file


def export(
    path: Path,
    generator: nn.Module,
    config: Mapping[str, Any],
    settings: Settings,
    facts: Mapping[str, Any],
) -> None:
    """Write the weights that a stage loads by path.

    The metadata holds the licence, the note on the data, the resolved settings and `facts`
    (images, metrics, seconds, command); what is not text is JSON.
    """
    metadata = {
        "format": "pt",
        "producer": f"translate-images {__version__}",
        "license": settings.license,
        "data": settings.data_note or Path(settings.data).name,
        "settings": settings.model_dump_json(exclude={"data"}),
        **{
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in facts.items()
        },
    }
    save_file(path, halved(generator), config, metadata)


def halved(module: nn.Module) -> dict[str, Tensor]:
    """Return the state of a module with its floats in float16, where they fit in it."""
    return {key: _half(value) for key, value in module.state_dict().items()}


def _half(value: Tensor) -> Tensor:
    if value.dtype != torch.float32:
        return value
    half = value.half()
    return half if bool(half.isfinite().all()) else value
