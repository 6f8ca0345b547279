"""Size, cut and direction of a picture. Mask and alpha follow."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from translate import Batch, Context, Contract, Field, Stage, Store
from translate_basic.common import Color, Move, color_like

if TYPE_CHECKING:
    from torch import Tensor

Filtering = Literal["nearest", "bilinear", "bicubic"]


class Resize(Stage):
    """Change the picture's size.

    Give a width, a height, both, or a scale. `fit` keeps the proportions inside the box, `fill`
    keeps them, covers the box and cuts what is too much off evenly, `exact` stretches.
    """

    name: ClassVar[str] = "resize"
    width: int | None = Field(None, ge=1, le=65536, description="Width in pixels.")
    height: int | None = Field(None, ge=1, le=65536, description="Height in pixels.")
    scale: float | None = Field(None, gt=0, le=64, description="Factor for both sides instead.")
    mode: Literal["fit", "fill", "exact"] = Field("fit", description="How to meet the size.")
    multiple_of: int = Field(1, ge=1, le=1024, description="Round both sides to a multiple.")
    enlarge: bool = Field(True, description="Whether a smaller picture is made larger.")
    filter: Filtering = Field("bicubic", description="How pixels are interpolated.")
    antialias: bool = Field(True, description="Average what falls together when shrinking.")

    @model_validator(mode="after")
    def _size_is_given(self) -> Self:
        sized = self.width is not None or self.height is not None
        if sized and self.scale is not None:
            raise ValueError("give either scale, or width and height")
        if not sized and self.scale is None and self.multiple_of == 1:
            raise ValueError("needs a width, a height, a scale or a multiple_of")
        if self.mode == "fill" and (self.width is None or self.height is None):
            raise ValueError("mode fill needs both a width and a height")
        return self

    def contract(self, store: Store) -> Contract:
        """Whole picture: an arbitrary factor does not line up with tiles."""
        return Contract(halo=None)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size after scaling and, in `fill`, cutting."""
        tall, wide = self._scaled(height, width)
        if self.mode == "fill" and self.width and self.height:
            tall, wide = min(tall, self._round(self.height)), min(wide, self._round(self.width))
        return tall, wide

    def _scaled(self, height: int, width: int) -> tuple[int, int]:
        if self.mode == "exact":
            return self._round(self.height or height), self._round(self.width or width)
        factors = [self.scale or 1.0]
        if self.height or self.width:
            across = self._round(self.width) / width if self.width else None
            down = self._round(self.height) / height if self.height else None
            factors = [f for f in (across, down) if f is not None]
        factor = max(factors) if self.mode == "fill" else min(factors)
        factor = factor if self.enlarge else min(factor, 1.0)
        return self._round(height * factor), self._round(width * factor)

    def _round(self, side: float) -> int:
        return max(1, round(side / self.multiple_of)) * self.multiple_of

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that scales, then cuts."""

        def run(batch: Batch) -> Batch:
            height, width = batch.image.shape[-2:]
            tall, wide = self._scaled(height, width)
            scaled = resample(batch, tall, wide, self.filter, self.antialias)
            out_height, out_width = self.output_size(height, width)
            top, left = (tall - out_height) // 2, (wide - out_width) // 2
            return cut(scaled, top, left, out_height, out_width)

        return run


class UpscaleBicubic(Stage):
    """Enlarge by a whole factor with bicubic interpolation."""

    name: ClassVar[str] = "upscale-bicubic"
    factor: int = Field(2, ge=1, le=16, description="How many times larger each side becomes.")

    def contract(self, store: Store) -> Contract:
        """Bicubic reads two pixels to each side."""
        return Contract(halo=2)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size times the factor."""
        return height * self.factor, width * self.factor

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that interpolates."""

        def run(batch: Batch) -> Batch:
            height, width = self.output_size(*batch.image.shape[-2:])
            return resample(batch, height, width, "bicubic", antialias=False)

        return run


class Crop(Move):
    """Cut a window out of the picture; a smaller picture is left as it is."""

    name: ClassVar[str] = "crop"
    width: int = Field(..., ge=1, description="Width of the window in pixels.")
    height: int = Field(..., ge=1, description="Height of the window in pixels.")
    x: float = Field(0.5, ge=0, le=1, description="Where across: 0 = left, 1 = right.")
    y: float = Field(0.5, ge=0, le=1, description="Where down: 0 = top, 1 = bottom.")

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the window's size, or the picture's where that is smaller."""
        return min(height, self.height), min(width, self.width)

    def movement(self) -> Callable[[Tensor, float | None], Tensor]:
        """Return the cut."""

        def move(image: Tensor, fill: float | None) -> Tensor:
            height, width = image.shape[-2:]
            tall, wide = self.output_size(height, width)
            top, left = round((height - tall) * self.y), round((width - wide) * self.x)
            return image[..., top : top + tall, left : left + wide]

        return move


class Flip(Move):
    """Mirror the picture."""

    name: ClassVar[str] = "flip"
    direction: Literal["horizontal", "vertical", "both"] = Field(
        "horizontal", description="horizontal swaps left and right."
    )

    def movement(self) -> Callable[[Tensor, float | None], Tensor]:
        """Return the mirror."""
        axes = {"horizontal": [-1], "vertical": [-2], "both": [-2, -1]}[self.direction]
        return lambda image, fill: image.flip(axes)


class Rotate(Move):
    """Turn the picture; quarter turns are exact."""

    name: ClassVar[str] = "rotate"
    angle: float = Field(90.0, ge=-360, le=360, description="Degrees, counter-clockwise.")
    expand: bool = Field(True, description="Grow the picture so that no corner is lost.")
    color: Color = Field("white", description="Colour of the corners that nothing covers.")

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of the box around the turned picture."""
        if not self.expand:
            return height, width
        c, s = abs(cos(self.angle * pi / 180)), abs(sin(self.angle * pi / 180))
        return max(1, round(width * s + height * c)), max(1, round(width * c + height * s))

    def movement(self) -> Callable[[Tensor, float | None], Tensor]:
        """Return the turn."""
        import torch
        import torch.nn.functional as F

        quarters, rest = divmod(self.angle, 90)
        c, s = cos(self.angle * pi / 180), sin(self.angle * pi / 180)

        def move(image: Tensor, fill: float | None) -> Tensor:
            height, width = image.shape[-2:]
            if rest == 0 and (self.expand or quarters % 2 == 0 or height == width):
                return image.rot90(int(quarters), (-2, -1))
            tall, wide = self.output_size(height, width)
            # grid_sample's axes run over [-1, 1] along each side: undo the sides' lengths
            turn = [
                [c * wide / width, -s * tall / width, 0],
                [s * wide / height, c * tall / height, 0],
            ]
            theta = torch.tensor([turn], dtype=image.dtype, device=image.device)
            grid = F.affine_grid(theta, [1, 1, tall, wide], align_corners=False)
            grid = grid.expand(len(image), -1, -1, -1)
            cover = F.grid_sample(torch.ones_like(image[:, :1]), grid, align_corners=False)
            turned = F.grid_sample(image, grid, align_corners=False, padding_mode="border")
            back = color_like(self.color, image) if fill is None else turned.new_tensor(fill)
            return turned * cover + back * (1 - cover)

        return move


def resample(batch: Batch, height: int, width: int, how: Filtering, antialias: bool) -> Batch:
    """Scale picture, mask and alpha; colours are weighted by their opacity.

    Mask and alpha are interpolated linearly, since bicubic overshoots at their edges.
    """
    import torch.nn.functional as F

    if batch.image.shape[-2:] == (height, width):
        return batch

    def scaled(image: Tensor, mode: str) -> Tensor:
        if mode == "nearest":
            return F.interpolate(image, (height, width), mode="nearest-exact")
        return F.interpolate(image, (height, width), mode=mode, antialias=antialias)

    soft = "nearest" if how == "nearest" else "bilinear"
    mask = None if batch.mask is None else scaled(batch.mask, soft)
    image = scaled(batch.image, how)
    if batch.alpha is None or how == "nearest":
        alpha = None if batch.alpha is None else scaled(batch.alpha, soft)
        return batch.replace(image=image, mask=mask, alpha=alpha)
    weight = scaled(batch.alpha, how)
    seen = scaled(batch.image * batch.alpha, how) / weight.clamp(min=1 / 255)
    return batch.replace(
        image=seen.where(weight > 1 / 255, image), mask=mask, alpha=scaled(batch.alpha, soft)
    )


def cut(batch: Batch, top: int, left: int, height: int, width: int) -> Batch:
    """Return the window of picture, mask and alpha."""
    window = (..., slice(top, top + height), slice(left, left + width))
    return batch.replace(
        image=batch.image[window],
        mask=None if batch.mask is None else batch.mask[window],
        alpha=None if batch.alpha is None else batch.alpha[window],
    )
