"""The conformance kit finds what a stage gets wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from translate import Batch, Context, Contract, Field, Stage, Store
from translate.testing import ConformanceError, conform


class Honest(Stage):
    """Average each pixel with its neighbours below."""

    name: ClassVar[str] = "honest"
    amount: float = Field(0.5, ge=0, le=1, description="How much.")
    rule: ClassVar[Contract] = Contract(halo=1)

    def contract(self, store: Store) -> Contract:
        return self.rule

    def load(self, ctx: Context) -> Callable[[Batch], Batch]:
        return lambda batch: batch.replace(image=self.paint(batch))

    def paint(self, batch: Batch) -> Tensor:
        below = torch.cat([batch.image[..., 1:, :], batch.image[..., -1:, :]], dim=-2)
        return batch.image.lerp(below, self.amount)


def test_an_honest_stage_passes() -> None:
    conform(Honest())


class Undocumented(Honest):
    name: ClassVar[str] = "undocumented"


class Unexplained(Honest):
    """Have a parameter that nobody explains."""

    name: ClassVar[str] = "unexplained"
    width: int = 3


class WrongChannels(Honest):
    """Give one channel, and promise as many as it got."""

    name: ClassVar[str] = "wrong-channels"

    def paint(self, batch: Batch) -> Tensor:
        return batch.image[:, :1]


class WrongSize(Honest):
    """Give half the picture, and promise it whole."""

    name: ClassVar[str] = "wrong-size"

    def paint(self, batch: Batch) -> Tensor:
        return batch.image[..., ::2, ::2]


class MissingMask(Honest):
    """Promise a mask and give none."""

    name: ClassVar[str] = "missing-mask"
    rule: ClassVar[Contract] = Contract(gives=("image", "mask"))


class InPlace(Honest):
    """Work on the tensor that it was given."""

    name: ClassVar[str] = "in-place"

    def paint(self, batch: Batch) -> Tensor:
        return batch.image.mul_(0.5)


class GlobalNoise(Honest):
    """Draw noise from torch's own generator."""

    name: ClassVar[str] = "global-noise"
    rule: ClassVar[Contract] = Contract()

    def paint(self, batch: Batch) -> Tensor:
        return batch.image + 0.1 * torch.randn_like(batch.image)


class BatchMean(Honest):
    """Let pictures of one batch depend on each other."""

    name: ClassVar[str] = "batch-mean"
    rule: ClassVar[Contract] = Contract()

    def paint(self, batch: Batch) -> Tensor:
        return batch.image - batch.image.mean() + 0.5


class HaloTooSmall(Honest):
    """Look one pixel further than it says."""

    name: ClassVar[str] = "halo-too-small"
    rule: ClassVar[Contract] = Contract(halo=0)


class NotANumber(Honest):
    """Divide by zero."""

    name: ClassVar[str] = "not-a-number"

    def paint(self, batch: Batch) -> Tensor:
        return batch.image / 0


class ByteRange(Honest):
    """Give values from 0 to 255."""

    name: ClassVar[str] = "byte-range"
    rule: ClassVar[Contract] = Contract(halo=0)

    def paint(self, batch: Batch) -> Tensor:
        return batch.image * 255


class Double(Honest):
    """Give double precision."""

    name: ClassVar[str] = "double"
    rule: ClassVar[Contract] = Contract(halo=0)

    def paint(self, batch: Batch) -> Tensor:
        return batch.image.double()


class FullWindow(Honest):
    """Need more pixels than a small picture has, and not say so."""

    name: ClassVar[str] = "full-window"
    rule: ClassVar[Contract] = Contract()

    def paint(self, batch: Batch) -> Tensor:
        return batch.image if min(batch.image.shape[-2:]) > 8 else batch.image[..., :1, :1]


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (Undocumented, "docstring"),
        (Unexplained, "'width' has no description"),
        (WrongChannels, "promised a picture of shape"),
        (WrongSize, "output_size says 45 x 61"),
        (MissingMask, "contract.gives has 'mask'"),
        (InPlace, "changes the image"),
        (GlobalNoise, "same seed"),
        (BatchMean, "batch of 3"),
        (HaloTooSmall, "tiles"),
        (NotANumber, "no numbers|not finite"),
        (ByteRange, "runs from"),
        (Double, "float32"),
        (FullWindow, "output_size says 1 x 9"),
    ],
)
def test_a_broken_promise_is_named(stage: type[Stage], says: str) -> None:
    with pytest.raises(ConformanceError, match=says) as caught:
        conform(stage())
    assert f"stage '{stage.name}'" in str(caught.value)
