"""What the stages of this plugin share: two bases, colours, and sampling at the border."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, WithJsonSchema

from translate import Batch, Context, Contract, Stage, Store

if TYPE_CHECKING:
    from torch import Tensor

_NAMED = {
    "black": "000000", "gray": "808080", "silver": "c0c0c0", "white": "ffffff", "red": "ff0000",
    "green": "008000", "lime": "00ff00", "blue": "0000ff", "yellow": "ffff00", "cyan": "00ffff",
    "magenta": "ff00ff", "orange": "ffa500", "purple": "800080", "brown": "a52a2a",
}  # fmt: skip
"""Names of colours, with their values in CSS."""

_PATTERN = f"^(#?[0-9a-fA-F]{{6}}|{'|'.join(_NAMED)})$"


def _spelt(color: str) -> str:
    if not re.match(_PATTERN, color):
        raise ValueError(f"'{color}' is no colour: give rrggbb in hex, or {', '.join(_NAMED)}")
    return color


Color = Annotated[
    str, AfterValidator(_spelt), WithJsonSchema({"type": "string", "pattern": _PATTERN})
]
"""A colour by name, as `rrggbb`, or as `#rrggbb` (quoted in YAML, where # starts a comment)."""

BORDER = "replicate"
"""How filters look beyond the picture: defined for every size, and the same for tile and whole."""


class Filter(Stage):
    """A stage that changes the picture's values, and nothing else."""

    takes: ClassVar[tuple[int, ...]] = (1, 3)
    makes: ClassVar[int | None] = None

    def margin(self) -> int | None:
        """Return how far a pixel's surroundings matter; None = the whole picture."""
        return 0

    @abstractmethod
    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the function of (B, C, H, W) in [0, 1]; imports what is heavy."""

    def contract(self, store: Store) -> Contract:
        """Return a contract of `takes`, `makes` and `margin`."""
        return Contract(channels=self.takes, channels_out=self.makes, halo=self.margin())

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that applies the operation to the picture."""
        operation = self.operation()
        return lambda batch: batch.replace(image=operation(batch.image))


class Move(Stage):
    """A stage that moves pixels: mask and alpha move with the picture."""

    @abstractmethod
    def movement(self) -> Callable[[Tensor, float | None], Tensor]:
        """Return the function of (B, C, H, W) and the value of uncovered pixels.

        The value is None for the picture itself: the stage's own colour.
        """

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that moves the picture, its mask and its alpha."""
        move = self.movement()

        def run(batch: Batch) -> Batch:
            return batch.replace(
                image=move(batch.image, None),
                mask=None if batch.mask is None else move(batch.mask, 0.0),
                alpha=None if batch.alpha is None else move(batch.alpha, 0.0),
            )

        return run


def rgb_of(color: str) -> tuple[float, float, float]:
    """Return red, green and blue in [0, 1] of a `Color`."""
    digits = _NAMED.get(color, color).removeprefix("#")
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def color_like(color: str, image: Tensor) -> Tensor:
    """Return a `Color` as (1, C, 1, 1) with the channels, dtype and device of `image`."""
    import torch

    value = torch.tensor(rgb_of(color), dtype=image.dtype, device=image.device).view(1, 3, 1, 1)
    return value if image.shape[1] == 3 else luminance(value)


def luminance(image: Tensor) -> Tensor:
    """Return the gray picture, (B, 1, H, W), of a gray or RGB one (BT.601 luma)."""
    from kornia.color import rgb_to_grayscale

    gray: Tensor = image if image.shape[1] == 1 else rgb_to_grayscale(image)
    return gray


def gaussian_radius(sigma: float) -> int:
    """Return where a Gaussian is cut off: three standard deviations."""
    return ceil(3 * sigma)


def gaussian(image: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian of standard deviation `sigma` pixels; 0 changes nothing."""
    from kornia.filters import gaussian_blur2d

    if sigma == 0:
        return image
    size = 2 * gaussian_radius(sigma) + 1
    blurred: Tensor = gaussian_blur2d(image, (size, size), (sigma, sigma), BORDER)
    return blurred
