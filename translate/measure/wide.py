"""Arithmetic of differences so small that float32 loses them."""

from __future__ import annotations

from torch import Tensor


def wide(values: Tensor) -> Tensor:
    """Return values in float64: on their device, or on the CPU where that has none (MPS)."""
    return (values.to("cpu") if values.device.type == "mps" else values).double()
