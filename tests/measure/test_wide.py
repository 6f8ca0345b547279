"""Measures are computed in float64 wherever it is found."""

from __future__ import annotations

import torch

from translate.measure.wide import wide


class OnAppleGpu(torch.Tensor):
    """A tensor that says it is on a device without float64."""

    device = property(lambda self: torch.device("mps"))

    def to(self, device: str) -> torch.Tensor:
        assert device == "cpu"
        return self.as_subclass(torch.Tensor)

    def double(self) -> torch.Tensor:
        raise TypeError("Cannot convert a MPS Tensor to float64 dtype")


def test_float64_is_taken_on_the_device() -> None:
    made = wide(torch.rand(3, device="meta"))
    assert (made.dtype, made.device.type) == (torch.float64, "meta")


def test_a_device_without_float64_leaves_it_to_the_cpu() -> None:
    values = torch.rand(3)
    assert torch.equal(wide(values.as_subclass(OnAppleGpu)), values.double())
