"""A network that any learned stage and its training take by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Tensor, nn


class GeneratorConfig(BaseModel):
    """Base of a generator's typed configuration; its values are kept inside the weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_channels: int = Field(3, ge=1)
    out_channels: int = Field(3, ge=1)


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


@runtime_checkable
class Latent(Protocol):
    """What the network of a generator has besides, where it makes pictures out of latents.

    Stages that move about in a latent space (`clip-guide`, `sample`, `interpolate`) take any
    network with these two methods. Three more are optional: `encode(picture)` returns the latent
    of a picture; `project(latent)` returns it moved to where `decode` is meaningful, such as the
    range of a codebook; `layers` says into how many a latent of shape (B, layers, ...) divides,
    coarse to fine.
    """

    def sample(
        self, seed: int, height: int, width: int, words: Sequence[str] = (), truncation: float = 1.0
    ) -> Tensor:
        """Return the latent of one random picture, drawn from `seed` alone.

        Args:
            seed: decides the latent.
            height: rows of the picture; a network of one size ignores it.
            width: columns.
            words: what it should show, where the network listens to words.
            truncation: 1 = as trained; smaller draws it towards the typical picture.

        Shape: (1, ...).
        """
        ...

    def decode(self, latent: Tensor) -> Tensor:
        """Return the pictures of latents, in the generator's `value_range`.

        Shape: (B, ...) -> (B, out_channels, H, W).
        """
        ...


@runtime_checkable
class Encoding(Latent, Protocol):
    """A `Latent` that also takes pictures back into its latent space."""

    def encode(self, image: Tensor) -> Tensor:
        """Return the latents of pictures in the generator's `value_range`.

        Shape: (B, in_channels, H, W) -> (B, ...).
        """
        ...
