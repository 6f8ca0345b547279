"""A stage under test: made-up pictures to try it with, run as the core runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from translate.batch import Batch, noise_field, seed_for
from translate.run.chain import Loaded, apply

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Bench:
    """A loaded stage, and what it is tried with."""

    loaded: Loaded
    size: tuple[int, int]
    device: str
    tolerance: float

    @property
    def channels(self) -> int:
        """Channels of the pictures, where only one count is tried."""
        return self.loaded.contract.channels[-1]

    def apply(self, batch: Batch) -> Batch:
        """Return what the core makes of the stage and a batch."""
        return apply(self.loaded, batch)

    def batch(self, size: tuple[int, int], channels: int = 0, items: int = 1) -> Batch:
        """Return made-up pictures, with every slot that the stage needs."""
        needs = self.loaded.contract.needs
        height, width = size
        keys = tuple(f"{i}.png" for i in range(items))

        def slot(name: str, make: Callable[[int], Tensor]) -> Tensor | None:
            return _stack(make(i) for i in range(items)) if name in needs else None

        return Batch(
            _stack(picture(channels or self.channels, height, width, i) for i in range(items)),
            keys,
            tuple(seed_for("conform", key) for key in keys),
            mask=slot("mask", lambda i: (picture(1, height, width, i + 50) > 0.6).float()),
            alpha=slot("alpha", lambda i: picture(1, height, width, i + 60)),
            reference=slot("reference", lambda i: picture(3, height // 2 + 1, width + 2, i + 70)),
            kept=slot("kept", lambda i: picture(3, height, width, i + 80)),
            prompts=keys if "prompts" in needs else None,
        ).to(self.device)

    def gap(self, what: str, one: Batch, other: Batch, ties: float = 0.0) -> Iterator[str]:
        """Yield a message for a tensor of two results that differs."""
        for slot in ("image", "mask"):
            a, b = getattr(one, slot), getattr(other, slot)
            if a is None or b is None or a.shape != b.shape:
                if a is not b:
                    yield f"{what}: the {slot} is of another shape"
                continue
            apart = (a - b).abs()
            share = (apart > self.tolerance).float().mean().item()
            if share > ties:
                yield (
                    f"{what}: {share:.1%} of the {slot}'s values differ, by up to "
                    f"{apart.max().item():.2g} (allowed: {self.tolerance:.2g})"
                )


def _stack(pictures: Iterable[Tensor]) -> Tensor:
    import torch

    return torch.stack(list(pictures))


def picture(channels: int, height: int, width: int, seed: int) -> Tensor:
    """Return slopes, an edge and grain, in 8-bit steps: (channels, height, width)."""
    import torch

    rows, columns = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)
    slope = 0.6 * rows * (1 - columns) + 0.25 * torch.sin(9 * columns + 5 * rows + seed).abs()
    edge = 0.3 * ((columns - 0.5) ** 2 + (rows - 0.4) ** 2 < 0.08)
    grain = 0.04 * noise_field(seed_for("picture", seed), channels, height, width)
    tint = torch.tensor([0.0, 0.1, -0.1])[:channels, None, None]
    return ((slope + edge + grain + tint).clamp(0, 1) * 255).round() / 255
