"""What lies around and behind the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate_basic.common import Color, color_like

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Pad(Stage):
    """Add a border around the picture.

    With `mark`, the border is 1 in the mask, so that an inpainting stage after it continues the
    picture outwards.
    """

    name: ClassVar[str] = "pad"
    all: int = Field(0, ge=0, le=16384, description="Pixels on every side.")
    left: int | None = Field(None, ge=0, le=16384, description="Pixels on the left instead.")
    top: int | None = Field(None, ge=0, le=16384, description="Pixels at the top instead.")
    right: int | None = Field(None, ge=0, le=16384, description="Pixels on the right instead.")
    bottom: int | None = Field(None, ge=0, le=16384, description="Pixels at the bottom instead.")
    multiple_of: int = Field(1, ge=1, le=1024, description="Then pad both sides to a multiple.")
    square: bool = Field(False, description="Then pad the shorter side to the longer one.")
    mode: Literal["color", "edge", "reflect"] = Field(
        "color", description="Fill with a colour, the nearest pixel, or the mirrored picture."
    )
    color: Color = Field("white", description="The colour of mode color.")
    mark: bool = Field(False, description="Mark the border in the mask.")

    def contract(self, store: Store) -> Contract:
        """Whole picture; gives a mask where asked."""
        return Contract(gives=("image", "mask") if self.mark else ("image",), halo=None)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size with the borders."""
        left, top, right, bottom = self._borders(height, width)
        return top + height + bottom, left + width + right

    def _borders(self, height: int, width: int) -> tuple[int, int, int, int]:
        sides = (self.left, self.top, self.right, self.bottom)
        left, top, right, bottom = (self.all if side is None else side for side in sides)
        tall, wide = height + top + bottom, width + left + right
        side = max(tall, wide)
        more_y = (side if self.square else tall) - tall
        more_x = (side if self.square else wide) - wide
        more_y += -(tall + more_y) % self.multiple_of
        more_x += -(wide + more_x) % self.multiple_of
        top, left = top + more_y // 2, left + more_x // 2
        return left, top, right + more_x - more_x // 2, bottom + more_y - more_y // 2

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that adds the border."""
        import torch

        def run(batch: Batch) -> Batch:
            image, mask = batch.image, batch.mask
            borders = self._borders(*image.shape[-2:])
            framed = self._framed(image, borders)
            if mask is None and self.mark:
                mask = torch.zeros_like(image[:, :1])
            return batch.replace(
                image=framed,
                mask=None if mask is None else constant_border(mask, borders, float(self.mark)),
                alpha=None if batch.alpha is None else self._opacity(batch.alpha, borders),
            )

        return run

    def _framed(self, image: Tensor, borders: tuple[int, int, int, int]) -> Tensor:
        if self.mode == "color":
            inside = constant_border(image.new_ones(1, 1, *image.shape[-2:]), borders, 0)
            return constant_border(image, borders, 0).where(
                inside > 0, color_like(self.color, image)
            )
        left, top, right, bottom = borders
        height, width = image.shape[-2:]
        rows = sources(-top, height + bottom, height, self.mode, image.device)
        columns = sources(-left, width + right, width, self.mode, image.device)
        return image[..., rows, :][..., columns]

    def _opacity(self, alpha: Tensor, borders: tuple[int, int, int, int]) -> Tensor:
        """A coloured border is opaque, a continued picture as opaque as its pixels."""
        if self.mode == "color":
            return constant_border(alpha, borders, 1.0)
        return self._framed(alpha, borders)


class Flatten(Stage):
    """Lay a transparent picture on a colour; an opaque one stays as it is.

    Networks that were trained on pictures with a plain background need it: with `alpha: keep`
    the opacity travels on, and `unflatten` takes the colour out again.
    """

    name: ClassVar[str] = "flatten"
    color: Color = Field("white", description="What lies behind.")
    alpha: Literal["drop", "keep"] = Field(
        "drop", description="Whether the picture is opaque afterwards, or keeps its opacity."
    )

    def contract(self, store: Store) -> Contract:
        """Each pixel alone."""
        return Contract(halo=0, gives=("image", "alpha"))

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that lays one over the other."""

        def run(batch: Batch) -> Batch:
            if batch.alpha is None:
                return batch
            behind = color_like(self.color, batch.image)
            laid = batch.image * batch.alpha + behind * (1 - batch.alpha)
            return batch.replace(image=laid, alpha=batch.alpha if self.alpha == "keep" else None)

        return run


class Unflatten(Stage):
    """Take a colour out from behind a picture that still has its opacity: undo `flatten`.

    What is seen on that colour is the same before and after; where the picture is fully
    transparent nothing can be known, and the pixel stays as it is.
    """

    name: ClassVar[str] = "unflatten"
    color: Color = Field("white", description="What lies behind.")

    def contract(self, store: Store) -> Contract:
        """Each pixel alone."""
        return Contract(halo=0)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that solves laid = image * alpha + colour * (1 - alpha)."""

        def run(batch: Batch) -> Batch:
            if batch.alpha is None:
                return batch
            behind = color_like(self.color, batch.image)
            seen = (batch.image - behind) / batch.alpha.clamp(min=1 / 255) + behind
            return batch.replace(image=seen.where(batch.alpha > 0, batch.image))

        return run


def constant_border(image: Tensor, borders: tuple[int, int, int, int], value: float) -> Tensor:
    """Return `image` with `borders` (left, top, right, bottom) filled with `value`."""
    import torch.nn.functional as F

    left, top, right, bottom = borders
    return F.pad(image, (left, right, top, bottom), value=value)


def sources(start: int, stop: int, size: int, mode: str, device: torch.device) -> Tensor:
    """Return which of `size` pixels lies at each place from `start` to `stop`.

    `reflect` mirrors about the outermost pixels as often as it takes.
    """
    import torch

    places = torch.arange(start, stop, device=device)
    if mode == "edge" or size == 1:
        return places.clamp(0, size - 1)
    period = 2 * (size - 1)
    folded = places.remainder(period)
    return folded.minimum(period - folded)
