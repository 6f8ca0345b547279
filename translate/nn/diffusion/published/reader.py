"""Layers that are built from the tensors they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from translate.errors import WeightsError

Layer = TypeVar("Layer", bound=nn.Module)


class Reader:
    """Hands out layers by the name that a file gives them, and remembers what was taken."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = tensors
        self.taken: set[str] = set()

    def has(self, name: str) -> bool:
        """Say whether there is a tensor, or a layer, of that name."""
        return name in self.tensors or f"{name}.weight" in self.tensors

    def count(self, name: str) -> int:
        """Return how many numbered parts there are: `name.0`, `name.1` and so on."""
        found = 0
        while any(key.startswith(f"{name}.{found}.") for key in self.tensors):
            found += 1
        return found

    def shape(self, name: str) -> torch.Size:
        """Return the shape of a layer's weight."""
        return self._take(f"{name}.weight").shape

    def conv(self, name: str, stride: int = 1, padding: int | None = None) -> nn.Conv2d:
        """Return a convolution; its padding is "same" unless said."""
        weight = self._take(f"{name}.weight")
        weight = weight[..., None] if weight.ndim == 3 else weight
        out, channels, side = weight.shape[:3]
        layer = nn.Conv2d(
            channels,
            out,
            side,
            stride,
            side // 2 if padding is None else padding,
            bias=self.has(f"{name}.bias"),
        )
        return self._fill(layer, name, weight)

    def transposed(self, name: str, stride: int) -> nn.ConvTranspose2d:
        """Return a transposed convolution that enlarges by `stride`."""
        weight = self._take(f"{name}.weight")
        channels, out, side = weight.shape[:3]
        layer = nn.ConvTranspose2d(channels, out, side, stride, (side - stride) // 2)
        return self._fill(layer, name, weight)

    def linear(self, name: str) -> nn.Linear:
        """Return a linear layer."""
        weight = self._take(f"{name}.weight")
        return self._fill(nn.Linear(weight.shape[1], weight.shape[0]), name, weight)

    def norm(self, name: str, groups: int) -> nn.GroupNorm:
        """Return a group norm."""
        weight = self._take(f"{name}.weight")
        if len(weight) % groups:
            raise WeightsError(
                f"'{name}' has {len(weight)} channels, which {groups} groups do not divide: say "
                "how many groups its norms were trained with"
            )
        return self._fill(nn.GroupNorm(groups, len(weight)), name, weight)

    def _fill(self, layer: Layer, name: str, weight: Tensor) -> Layer:
        state = {"weight": weight}
        if self.has(f"{name}.bias"):
            state["bias"] = self._take(f"{name}.bias")
        layer.load_state_dict(state)
        return layer

    def _take(self, key: str) -> Tensor:
        if key not in self.tensors:
            raise WeightsError(f"the checkpoint lacks '{key}', which its layout should have")
        self.taken.add(key)
        return self.tensors[key].float()

    def finish(self, prefix: str) -> None:
        """Raise WeightsError if a tensor under `prefix` has not been taken."""
        rest = sorted(k for k in self.tensors if k.startswith(prefix) and k not in self.taken)
        if rest:
            raise WeightsError(f"the checkpoint holds '{rest[0]}', which its layout does not know")
