"""One picture on its way through the program, as samples on the host."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from translate.batch import Batch

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from translate.images import Box, Samples


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture with what lies beside it.

    Shape:
        image: (H, W, C), uint8 or uint16, C = 1 or 3. alpha, mask: (H, W). reference: (h, w, C).
    """

    key: str
    seed: int
    image: Samples
    alpha: Samples | None = None
    mask: Samples | None = None
    reference: Samples | None = None
    prompt: str | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    film: tuple[Samples, ...] | None = None
    """The way to the picture, where a stage has filmed it."""

    def replace(self, **changes: Any) -> Frame:
        """Return a copy with the named fields changed."""
        return dataclasses.replace(self, **changes)

    def cut(self, box: Box) -> Frame:
        """Return the piece under a box; views, no copies."""
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        cut = {
            slot: array[rows, columns]
            for slot in ("image", "alpha", "mask")
            if (array := getattr(self, slot)) is not None
        }
        return self.replace(**cut)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.image.shape[0], self.image.shape[1]

    def shape(self) -> tuple[object, ...]:
        """Return what two frames must have in common to share a batch."""
        arrays = (self.image, self.alpha, self.mask, self.reference)
        kinds = tuple((a.shape, a.dtype.str) if a is not None else None for a in arrays)
        return (*kinds, self.prompt is None)


def to_batch(frames: Sequence[Frame], device: torch.device) -> Batch:
    """Return frames of one `shape()` as a batch on `device`: the belt's own form."""
    first = frames[0]

    def joined(slot: str) -> Tensor | None:
        if getattr(first, slot) is None:
            return None
        return up([getattr(frame, slot) for frame in frames], device)

    image = joined("image")
    if image is None:
        raise ValueError("a frame has an image")
    reference = joined("reference")
    return Batch(
        image=image,
        keys=tuple(frame.key for frame in frames),
        seeds=tuple(frame.seed for frame in frames),
        mask=joined("mask"),
        reference=None if reference is None else as_colour(reference),
        prompts=None if first.prompt is None else tuple(frame.prompt or "" for frame in frames),
        alpha=joined("alpha"),
    )


def as_colour(image: Tensor) -> Tensor:
    """Return a gray picture as three equal channels; (B, 1 or 3, H, W) -> (B, 3, H, W)."""
    return image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image


def up(arrays: Sequence[Samples], device: torch.device) -> Tensor:
    """Return samples as float32 in [0, 1] on `device`; they travel as they are, not as floats.

    Shape:
        each (H, W) or (H, W, C) -> (B, C, H, W), contiguous.
    """
    import numpy as np
    import torch

    stacked = arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
    planes = stacked[..., None] if stacked.ndim == 3 else stacked
    levels = 65535.0 if planes.dtype == np.uint16 else 255.0
    if planes.dtype == np.uint16:
        # torch computes little with uint16.
        planes = planes.astype(np.int32)
    tensor = torch.from_numpy(np.ascontiguousarray(planes))
    if device.type == "cuda":
        tensor = tensor.pin_memory()
    moved = tensor.to(device, non_blocking=True).to(torch.float32).div_(levels)
    # Planes are drawn apart as floats: PyTorch takes longer to do so with bytes, here and below.
    return moved.permute(0, 3, 1, 2).contiguous()


def down(image: Tensor, like: Samples) -> list[Samples]:
    """Return pictures in [0, 1] as samples of the type of `like`, rounded to the nearest level.

    Shape:
        (B, C, H, W) -> each (H, W, C), C-contiguous.
    """
    import numpy as np
    import torch

    levels = int(np.iinfo(like.dtype).max)
    joined = image.detach().permute(0, 2, 3, 1).contiguous()
    scaled = joined.float().mul(levels).add_(0.5).clamp_(0, levels)
    arrays = scaled.to(torch.uint8 if levels == 255 else torch.int32).cpu().numpy()
    return [array.astype(like.dtype, copy=False) for array in arrays]
