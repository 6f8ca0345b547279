"""Two pictures in one: keep the picture, and blend with it or with a reference later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Batch, Context, Contract, Field, Stage, Store
from translate_basic.common import luminance

if TYPE_CHECKING:
    from torch import Tensor

Mode = Literal[
    "normal", "multiply", "screen", "overlay", "soft-light", "darken", "lighten", "add",
    "subtract", "difference",
]  # fmt: skip


class Keep(Stage):
    """Remember the picture as it is here, for a `blend` further on.

    Steps after it do not change what is kept: one that flips or crops moves the picture alone.
    """

    name: ClassVar[str] = "keep"

    def contract(self, store: Store) -> Contract:
        """Whole picture, which costs nothing."""
        return Contract(gives=("image", "kept"), halo=None)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that remembers."""
        return lambda batch: batch.replace(kept=batch.image)


class Blend(Stage):
    """Mix the picture with another one: the kept one, or the reference.

    The other picture is resized to this one where their sizes differ. It is the upper layer: with
    amount 0 nothing of it is seen, with amount 1 and mode normal nothing else.
    """

    name: ClassVar[str] = "blend"
    other: Literal["kept", "reference"] = Field(
        "kept", description="The picture as it was at `keep`, or the reference."
    )
    amount: float = Field(0.5, ge=0, le=1, description="How much of the other picture is seen.")
    mode: Mode = Field("normal", description="How values are mixed, as in layers of an editor.")
    masked: bool = Field(False, description="Only where the mask is 1.")

    def contract(self, store: Store) -> Contract:
        """Whole picture: the other one may be of another size."""
        masks: tuple[Literal["mask"], ...] = ("mask",) if self.masked else ()
        return Contract(needs=("image", self.other, *masks), channels_out=None, halo=None)

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        """Return the function that mixes."""
        import torch.nn.functional as F

        mix = _mixer(self.mode)

        def run(batch: Batch) -> Batch:
            below = batch.image
            above = batch.kept if self.other == "kept" else batch.reference
            if above is None:
                raise RuntimeError(f"blend got no {self.other} picture")
            if above.shape[-2:] != below.shape[-2:]:
                size = (below.shape[-2], below.shape[-1])
                above = F.interpolate(above, size, mode="bilinear", antialias=True)
            above = match_channels(above, below.shape[1])
            share: Tensor | float = self.amount
            if self.masked and batch.mask is not None:
                share = batch.mask * self.amount
            return batch.replace(image=below + (mix(below, above) - below) * share)

        return run


def match_channels(image: Tensor, channels: int) -> Tensor:
    """Return `image` gray or with three channels."""
    if image.shape[1] == channels:
        return image
    return luminance(image) if channels == 1 else image.expand(-1, 3, -1, -1)


def _mixer(mode: Mode) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the function of (below, above) that a mode stands for (W3C Compositing, 10.1)."""
    return {
        "normal": lambda below, above: above,
        "multiply": lambda below, above: below * above,
        "screen": lambda below, above: below + above - below * above,
        "overlay": lambda below, above: _hard_light(above, below),
        "soft-light": _soft_light,
        "darken": lambda below, above: below.minimum(above),
        "lighten": lambda below, above: below.maximum(above),
        "add": lambda below, above: below + above,
        "subtract": lambda below, above: below - above,
        "difference": lambda below, above: (below - above).abs(),
    }[mode]


def _hard_light(below: Tensor, above: Tensor) -> Tensor:
    dark, light = 2 * below * above, 1 - 2 * (1 - below) * (1 - above)
    return dark.where(above <= 0.5, light)


def _soft_light(below: Tensor, above: Tensor) -> Tensor:
    curve = (((16 * below - 12) * below + 4) * below).where(below <= 0.25, below.sqrt())
    darker = below - (1 - 2 * above) * below * (1 - below)
    return darker.where(above <= 0.5, below + (2 * above - 1) * (curve - below))
