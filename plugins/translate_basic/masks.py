"""Masks: what later stages fill in (1) or leave (0)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate_basic.common import Color, color_like, gaussian, gaussian_radius, luminance
from translate_basic.strokes import dilated, eroded, opened_along_lines, thin_structures

if TYPE_CHECKING:
    from torch import Tensor


_COMBINATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "replace": lambda old, new: new,
    "add": lambda old, new: old.maximum(new),
    "intersect": lambda old, new: old.minimum(new),
    "subtract": lambda old, new: old.minimum(1 - new),
}


class Masker(Stage):
    """A stage that gives a mask and leaves the picture as it is."""

    combine: Literal["replace", "add", "intersect", "subtract"] = Field(
        "replace", description="What becomes of a mask that is there already."
    )

    def margin(self) -> int | None:
        """Return how far a pixel's surroundings matter; None = the whole picture."""
        return 0

    @abstractmethod
    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the function that makes the new mask, (B, 1, H, W) in [0, 1]."""

    def contract(self, store: Store) -> Contract:
        """Give a mask."""
        return Contract(gives=("image", "mask"), halo=self.margin())

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that marks and combines."""
        marks = self.marks()
        combine = _COMBINATIONS[self.combine]

        def run(batch: Batch) -> Batch:
            new = marks(batch)
            return batch.replace(mask=new if batch.mask is None else combine(batch.mask, new))

        return run


class MaskFromAlpha(Masker):
    """Mark what is transparent; a picture without alpha gets an empty mask."""

    name: ClassVar[str] = "mask-from-alpha"

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the complement of alpha."""
        return lambda b: b.image.new_zeros(b.image[:, :1].shape) if b.alpha is None else 1 - b.alpha


class MaskFromColor(Masker):
    """Mark what is of one colour."""

    name: ClassVar[str] = "mask-from-color"
    color: Color = Field("white", description="The colour.")
    tolerance: float = Field(
        0.05, ge=0, le=1, description="How far a channel may differ; white is 1 from black."
    )

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the comparison with the colour."""

        def near(batch: Batch) -> Tensor:
            away = (batch.image - color_like(self.color, batch.image)).abs()
            return away.amax(1, keepdim=True).le(self.tolerance + 1e-6).to(batch.image)

        return near


class MaskFromThreshold(Masker):
    """Mark what is lighter, or darker, than a level."""

    name: ClassVar[str] = "mask-from-threshold"
    level: float = Field(0.5, ge=0, le=1, description="The luma to compare with.")
    side: Literal["above", "below"] = Field("above", description="Which side is marked.")

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the comparison with the level."""

        def compare(batch: Batch) -> Tensor:
            luma = luminance(batch.image)
            return (luma > self.level if self.side == "above" else luma < self.level).to(luma)

        return compare


class MaskBox(Masker):
    """Mark a rectangle, given in parts of the picture's size."""

    name: ClassVar[str] = "mask-box"
    left: float = Field(0.25, ge=0, le=1, description="Left edge: 0 is the picture's left.")
    top: float = Field(0.25, ge=0, le=1, description="Upper edge.")
    right: float = Field(0.75, ge=0, le=1, description="Right edge.")
    bottom: float = Field(0.75, ge=0, le=1, description="Lower edge.")

    def margin(self) -> int | None:
        """Depend on the whole picture's size."""
        return None

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the rectangle."""

        def box(batch: Batch) -> Tensor:
            height, width = batch.image.shape[-2:]
            mask = batch.image.new_zeros(len(batch), 1, height, width)
            rows = slice(round(self.top * height), round(self.bottom * height))
            columns = slice(round(self.left * width), round(self.right * width))
            mask[..., rows, columns] = 1
            return mask

        return box


class MaskBorder(Masker):
    """Mark a frame along the picture's edges."""

    name: ClassVar[str] = "mask-border"
    width: int = Field(16, ge=0, description="Width of the frame in pixels.")

    def margin(self) -> int | None:
        """Depend on the whole picture's size."""
        return None

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return the frame."""

        def frame(batch: Batch) -> Tensor:
            height, width = batch.image.shape[-2:]
            mask = batch.image.new_ones(len(batch), 1, height, width)
            w = self.width
            mask[..., w : max(w, height - w), w : max(w, width - w)] = 0
            return mask

        return frame


class MaskScratches(Masker):
    """Mark thin scratches in an old photograph: long, and lighter or darker than around them."""

    name: ClassVar[str] = "mask-scratches"
    kind: Literal["light", "dark", "both"] = Field("light", description="Which ones.")
    width: int = Field(3, ge=1, le=15, description="Widest scratch in pixels.")
    length: int = Field(15, ge=3, le=63, description="Shortest scratch in pixels.")
    contrast: float = Field(0.1, gt=0, le=1, description="Least difference from around it.")
    grow: int = Field(1, ge=0, le=8, description="Pixels added around what is found.")

    def margin(self) -> int | None:
        """Return the reach of two openings and the growth."""
        return 2 * ((self.width + 1) // 2) + 2 * (self.length // 2) + self.grow

    def marks(self) -> Callable[[Batch], Tensor]:
        """Return what is thin, strong and long."""

        def find(batch: Batch) -> Tensor:
            thin = thin_structures(luminance(batch.image), (self.width + 1) // 2, self.kind)
            return grown(
                opened_along_lines(thin.gt(self.contrast).to(thin), self.length), self.grow
            )

        return find


class MaskGrow(Stage):
    """Make the marked region larger, or smaller, and soften its edge."""

    name: ClassVar[str] = "mask-grow"
    pixels: int = Field(4, ge=-64, le=64, description="Growth on every side; negative shrinks.")
    feather: float = Field(0.0, ge=0, le=32, description="Softness of the edge: a blur's sigma.")

    def contract(self, store: Store) -> Contract:
        """Growth and blur reach as far as they are wide."""
        reach = abs(self.pixels) + gaussian_radius(self.feather)
        return Contract(needs=("image", "mask"), gives=("image", "mask"), halo=reach)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that changes the mask."""
        return lambda batch: batch.replace(
            mask=gaussian(grown(marked(batch), self.pixels), self.feather)
        )


class MaskInvert(Stage):
    """Swap what is marked and what is not."""

    name: ClassVar[str] = "mask-invert"

    def contract(self, store: Store) -> Contract:
        """Each pixel alone."""
        return Contract(needs=("image", "mask"), gives=("image", "mask"), halo=0)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that swaps."""
        return lambda batch: batch.replace(mask=1 - marked(batch))


class MaskShow(Stage):
    """Make the mask the picture, to look at it or to save it: white is what is marked."""

    name: ClassVar[str] = "mask-show"

    def contract(self, store: Store) -> Contract:
        """Each pixel alone; gives one channel, opaque."""
        return Contract(("image", "mask"), ("image", "alpha"), channels_out=1, halo=0)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that shows."""
        return lambda batch: batch.replace(image=marked(batch), alpha=None)


def marked(batch: Batch) -> Tensor:
    """Return the mask of a stage whose contract needs one."""
    if batch.mask is None:
        raise RuntimeError("the stage needs a mask, and the batch has none")
    return batch.mask


def grown(mask: Tensor, pixels: int) -> Tensor:
    """Return `mask` grown by `pixels` on every side, or shrunk where they are negative."""
    return dilated(mask, pixels) if pixels >= 0 else eroded(mask, -pixels)
