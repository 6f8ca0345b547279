"""Features of MobileNetV2 (Sandler et al. 2018), and distances in them.

The network is read from a file of torchvision's layout, with its BatchNorms or with them folded
into the convolutions. No file, no distance: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from translate.errors import WeightsError
from translate.weights import load_file

_STRIDES = (1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)
"""Of the 17 inverted residual blocks (table 2)."""
_COMPARED = (3, 6, 13, 17)
"""Blocks whose outputs are compared: the last ones at 1/4, 1/8, 1/16 and 1/32 of the size."""
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_POOLED_SIZE = 224


class Features:
    """The convolutional part of MobileNetV2, on one device, without gradients of its weights."""

    def __init__(self, tensors: Mapping[str, Tensor], device: torch.device | str = "cpu") -> None:
        self.tensors = {key: value.float().to(device) for key, value in tensors.items()}
        self.device = device

    def maps(self, picture: Tensor) -> list[Tensor]:
        """Return the outputs of blocks 3, 6, 13 and 17, of 24, 32, 96 and 320 channels."""
        return self._run(picture)[0]

    def pooled(self, picture: Tensor) -> Tensor:
        """Return what the classifier sees of the picture at 224 px. Shape: (B, 1280)."""
        size = (_POOLED_SIZE, _POOLED_SIZE)
        resized = F.interpolate(picture, size, mode="bicubic", antialias=True).clamp(0, 1)
        return self._run(resized)[1].mean((2, 3))

    def _run(self, picture: Tensor) -> tuple[list[Tensor], Tensor]:
        # In float32 whatever precision is trained in: figures of two runs are to be comparable.
        with torch.autocast(torch.device(self.device).type, enabled=False):
            return self._layers(picture.float().expand(-1, 3, -1, -1).to(self.device))

    def _layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        x = (x - x.new_tensor(_MEAN).view(1, 3, 1, 1)) / x.new_tensor(_DEVIATION).view(1, 3, 1, 1)
        x = self._conv(x, "features.0.0", stride=2).clamp(0, 6)
        found = []
        for index, stride in enumerate(_STRIDES, 1):
            x = self._block(x, f"features.{index}.conv", stride, expands=index > 1)
            if index in _COMPARED:
                found.append(x)
        return found, self._conv(x, "features.18.0").clamp(0, 6)

    def _block(self, x: Tensor, name: str, stride: int, expands: bool) -> Tensor:
        y, place = x, 0
        if expands:
            y, place = self._conv(y, f"{name}.0.0").clamp(0, 6), 1
        y = self._conv(y, f"{name}.{place}.0", stride, groups=y.shape[1]).clamp(0, 6)
        y = self._conv(y, f"{name}.{place + 1}")
        return x + y if x.shape == y.shape else y

    def _conv(self, x: Tensor, name: str, stride: int = 1, groups: int = 1) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return F.conv2d(x, weight, bias, stride, padding=weight.shape[-1] // 2, groups=groups)


def load_features(path: Path, device: torch.device | str = "cpu") -> Features:
    """Read MobileNetV2 from a file.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """
    folded = fold(load_file(path).tensors)
    wanted = {name for name in _names() for name in (f"{name}.weight", f"{name}.bias")}
    missing = sorted(wanted - folded.keys())
    if missing:
        raise WeightsError(
            f"{path}: is not MobileNetV2 in torchvision's layout: {missing[0]} is missing"
        )
    return Features({name: folded[name] for name in wanted}, device)


def _names() -> list[str]:
    blocks = [f"features.1.conv.{part}" for part in ("0.0", "1")]
    for index in range(2, len(_STRIDES) + 1):
        blocks += [f"features.{index}.conv.{part}" for part in ("0.0", "1.0", "2")]
    return ["features.0.0", *blocks, "features.18.0"]


def fold(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fold each BatchNorm into the convolution before it; what has none stays as it is."""
    folded = {key: value.float() for key, value in tensors.items()}
    for name in _names():
        head, _, last = name.rpartition(".")
        norm = f"{head}.{int(last) + 1}"
        if f"{norm}.running_var" not in tensors or f"{name}.weight" not in tensors:
            continue
        scale = folded[f"{norm}.weight"] / (folded[f"{norm}.running_var"] + 1e-5).sqrt()
        folded[f"{name}.weight"] = folded[f"{name}.weight"] * scale.view(-1, 1, 1, 1)
        folded[f"{name}.bias"] = folded[f"{norm}.bias"] - folded[f"{norm}.running_mean"] * scale
    return folded


def feature_distance(features: Features, result: Tensor, truth: Tensor) -> Tensor:
    """Return how differently the network sees two pictures; 0 = the same.

    The squared distance of unit-length feature vectors, averaged over places and summed over
    layers (Zhang et al. 2018, eq. 1, with all weights 1).
    """
    total = torch.zeros(len(result), device=features.device)
    for a, b in zip(features.maps(result), features.maps(truth), strict=True):
        gap = F.normalize(a, dim=1, eps=1e-10) - F.normalize(b, dim=1, eps=1e-10)
        total = total + gap.square().sum(1).mean((1, 2))
    return total
