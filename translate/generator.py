"""A network that any learned stage and its training take by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from torch import nn


class GeneratorConfig(BaseModel):
    """Base of a generator's typed configuration; its values are kept inside the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_channels: int = 3
    out_channels: int = 3


@dataclass(frozen=True, slots=True)
class Generator:
    """What a plugin hands over by `register_generators`.

    `build` imports torch and the network only when it is called. Pictures reach the network in
    `value_range`, with sides that are multiples of `multiple_of(config)`.
    """

    name: str
    config: type[GeneratorConfig]
    build: Callable[[Any], nn.Module]
    value_range: tuple[float, float] = (-1.0, 1.0)
    multiple_of: Callable[[Any], int] = lambda config: 1
    halo: Callable[[Any], int | None] = lambda config: None
    """Margin in pixels with which a picture may be cut into tiles; None = whole only."""
