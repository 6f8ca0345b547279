"""Tones spread over their range: what depends on the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from translate import Contract, Field, Store
from translate_basic.common import Filter, luminance

if TYPE_CHECKING:
    from torch import Tensor

BINS = 256


class AutoLevels(Filter):
    """Stretch the tones so that the darkest become black and the lightest white."""

    name: ClassVar[str] = "auto-levels"
    clip: float = Field(0.5, ge=0, le=25, description="Percent of pixels lost at each end.")
    per_channel: bool = Field(False, description="Each channel alone, which also shifts colours.")

    def margin(self) -> int | None:
        """Depend on the whole picture."""
        return None

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the stretch between two percentiles."""

        def stretch(image: Tensor) -> Tensor:
            values = (image if self.per_channel else luminance(image)).flatten(2)
            count = values.shape[-1]
            rank = min(round(count * self.clip / 100), (count - 1) // 2)
            low = values.kthvalue(rank + 1, dim=-1).values[..., None, None]
            high = values.kthvalue(count - rank, dim=-1).values[..., None, None]
            span = high - low
            return ((image - low) / span.clamp(min=1e-6)).where(span > 1 / 512, image)

        return stretch


class Equalize(Filter):
    """Spread the tones so that each is equally frequent."""

    name: ClassVar[str] = "equalize"
    amount: float = Field(1.0, ge=0, le=1, description="How much of the change is taken.")
    per_channel: bool = Field(False, description="Each channel alone, which also shifts colours.")

    def margin(self) -> int | None:
        """Depend on the whole picture."""
        return None

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the map through the cumulative histogram."""

        def spread(image: Tensor) -> Tensor:
            old = image if self.per_channel else luminance(image)
            return relight(image, old, old.lerp(equalized(old), self.amount))

        return spread


class Clahe(Filter):
    """Raise local contrast: equalise within cells, with a limit (CLAHE), on the luma."""

    name: ClassVar[str] = "clahe"
    clip: float = Field(2.0, ge=1, le=100, description="Limit of the contrast's slope.")
    grid: int = Field(8, ge=1, le=32, description="Cells along each side.")

    def contract(self, store: Store) -> Contract:
        """Whole picture, at least two pixels for each cell."""
        return Contract(halo=None, min_size=2 * self.grid)

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return kornia's equalisation of the luma."""
        from kornia.enhance import equalize_clahe

        def spread(image: Tensor) -> Tensor:
            old = luminance(image)
            return relight(image, old, equalize_clahe(old, self.clip, (self.grid, self.grid)))

        return spread


def equalized(values: Tensor) -> Tensor:
    """Return each channel of each picture mapped through its cumulative histogram.

    Between the edges of the bins the map is linear, so that fine steps of tone stay apart; it is
    then stretched to [0, 1]. A flat picture stays as it is.
    """
    import torch

    flat = values.flatten(2).clamp(0, 1)
    bins = (flat * BINS).long().clamp(max=BINS - 1)
    counts = torch.zeros(*flat.shape[:2], BINS, dtype=torch.long, device=values.device)
    counts = counts.scatter_add(2, bins, torch.ones_like(bins))
    sums = (counts.cumsum(2) - counts, counts)
    below, within = ((pixels / flat.shape[-1]).to(flat).gather(2, bins) for pixels in sums)
    rank = below + within * (flat * BINS - bins)
    low, high = rank.amin(2, keepdim=True), rank.amax(2, keepdim=True)
    spread = (rank - low) / (high - low).clamp(min=1e-6)
    return spread.where(high > low, flat).view_as(values)


def relight(image: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """Return `image` with the luma `new` in place of `old`, at the same difference of colour."""
    return new if image.shape == new.shape else image + (new - old)
