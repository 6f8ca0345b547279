"""Samples to tensors and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from torch import Tensor

    from translate.images.picture import Samples


def to_tensor(array: Samples) -> Tensor:
    """Return samples as float32 in [0, 1].

    Shape:
        (H, W, C) or (H, W) uint8 or uint16 -> (C, H, W), contiguous, memory of its own.
    """
    import torch

    planes = array[..., None] if array.ndim == 2 else array
    if planes.dtype == np.uint16:
        # torch computes little with uint16
        tensor = torch.from_numpy(planes.astype(np.float32)).permute(2, 0, 1).contiguous()
        return tensor.div_(65535)
    tensor = torch.from_numpy(planes).permute(2, 0, 1)
    return tensor.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def to_array(tensor: Tensor, dtype: DTypeLike = np.uint8) -> Samples:
    """Return a picture as samples: clamped to [0, 1], then rounded to the nearest level.

    `to_array(to_tensor(array), array.dtype)` is `array`.

    Args:
        tensor: Any float type and device.
        dtype: uint8 or uint16.

    Shape:
        (C, H, W) -> (H, W, C), C-contiguous.
    """
    import torch

    levels = int(np.iinfo(dtype).max)
    whole = torch.uint8 if levels == 255 else torch.int32
    channels, height, width = tensor.shape
    array = np.empty((height, width, channels), dtype)
    # plane by plane: faster than a transposed copy, and with a third of its memory
    for channel, plane in enumerate(tensor.detach()):
        scaled = plane.to(torch.float32).mul(levels).add_(0.5).clamp_(0, levels + 0.5)
        array[..., channel] = scaled.to(whole).cpu().numpy()
    samples: Samples = array
    return samples
