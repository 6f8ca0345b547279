"""The stages `inpaint` and `uncrop`: one network, two ways to say what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.stage import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from translate_diffusion.nets.windows import Paint


class _Filler(Stage):
    """What the two stages share: weights, and how far they sample."""

    weights: str = Field("inpaint", description="A shipped name, or a file of `train inpaint`")
    detail: float = Field(
        0.0, ge=0, le=3, description="Noise that is put on the likeliest painting and taken away"
    )
    steps: int = Field(
        0, ge=0, le=1000, description="Evaluations of the network; 0 = 6, or 25 of Palette"
    )
    head_channels: int = Field(
        32, ge=1, description="Of a Palette file's attention, which does not say"
    )

    def contract(self, store: Store) -> Contract:
        """Return that the whole picture is needed."""
        return Contract(weights=(self.weights,), precisions=("float32", "bfloat16"), heavy=True)

    def _painter(self, ctx: Context) -> Callable[[Batch], Tensor]:
        """Return the function that paints what the mask of an RGB batch marks."""
        from translate_diffusion.nets import filler
        from translate_diffusion.nets.loading import as_rgb

        painter = self._open(ctx)

        def paint(batch: Batch) -> Tensor:
            image, mask = batch.image, batch.mask
            if mask is None or not bool((mask > 0).any()):
                return image
            painted = filler.fill_batch(batch.replace(image=as_rgb(image)), painter)
            if image.shape[1] == 1:
                painted = painted.mean(1, keepdim=True)
            return painted.where(mask > 0, image)

        return paint

    def _open(self, ctx: Context) -> Callable[[Batch], Paint]:
        """Return what paints the windows of a picture: our network, or Palette's."""
        from translate.nn.diffusion.unet import build_unet
        from translate_diffusion.configs import FillerConfig
        from translate_diffusion.nets import filler, published
        from translate_diffusion.nets.loading import open_net

        palette = published.open_published(
            ctx, self.weights, ("palette",), head_channels=self.head_channels
        )
        if palette is not None:
            return lambda item: published.painter(palette, item, self.steps)
        net, config = open_net(
            ctx, self.weights, FillerConfig, lambda c: build_unet(filler.unet_config(c))
        )
        scale, steps = config.residual_scale, self.steps or 6
        return lambda item: filler.painter(net, scale, item, self.detail, steps)


class Inpaint(_Filler):
    """Fill holes; the other pixels come through to the bit.

    The hole is what the mask marks: a file or folder of masks, alpha, or a stage before this one.
    Where the mask is gray, painting and picture are mixed: a soft edge. Work is done in windows
    round the holes, coarse to fine, so a large picture with a scratch costs what the scratch
    costs. An empty mask changes nothing.
    """

    name: ClassVar[str] = "inpaint"

    def contract(self, store: Store) -> Contract:
        """Return that a mask is needed as well."""
        return Contract(
            needs=("image", "mask"),
            weights=(self.weights,),
            precisions=("float32", "bfloat16"),
            heavy=True,
        )

    def load(self, ctx: Context) -> Run:
        """Open the weights; return the function that fills a batch."""
        paint = self._painter(ctx)
        return lambda batch: batch.replace(image=paint(batch))


class Uncrop(_Filler):
    """Paint on beyond the picture's edges; the picture itself comes through to the bit.

    Sides are given in pixels, or `aspect` (such as 16:9) says what the whole shall be: then what
    is missing is added half and half on the two sides.
    """

    name: ClassVar[str] = "uncrop"
    left: int = Field(0, ge=0, le=4096, description="Pixels to add")
    right: int = Field(0, ge=0, le=4096, description="Pixels to add")
    top: int = Field(0, ge=0, le=4096, description="Pixels to add")
    bottom: int = Field(0, ge=0, le=4096, description="Pixels to add")
    aspect: str = Field(
        "", pattern=r"^([1-9]\d{0,3}:[1-9]\d{0,3})?$", description="Width to height, such as 16:9"
    )

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size with all that is added."""
        left, right, top, bottom = self.margins(height, width)
        return height + top + bottom, width + left + right

    def margins(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Return the pixels added left, right, top and bottom of a picture of that size."""
        left, right, top, bottom = self.left, self.right, self.top, self.bottom
        if self.aspect:
            across, down = map(int, self.aspect.split(":"))
            height, width = height + top + bottom, width + left + right
            wide = max(0, -(-height * across // down) - width)
            tall = max(0, -(-width * down // across) - height)
            left, right = left + wide // 2, right + wide - wide // 2
            top, bottom = top + tall // 2, bottom + tall - tall // 2
        return left, right, top, bottom

    def load(self, ctx: Context) -> Run:
        """Open the weights; return the function that widens a batch."""
        paint = self._painter(ctx)

        def run(batch: Batch) -> Batch:
            from torch.nn.functional import pad

            margins = self.margins(*batch.image.shape[-2:])
            if not any(margins):
                return batch
            image = pad(batch.image, margins)
            outside = pad(
                batch.image.new_zeros(len(batch), 1, *batch.image.shape[-2:]), margins, value=1.0
            )
            painted = paint(batch.replace(image=image, mask=outside))
            return batch.replace(
                image=painted,
                mask=None if batch.mask is None else pad(batch.mask, margins),
                alpha=None if batch.alpha is None else pad(batch.alpha, margins, value=1.0),
            )

        return run
