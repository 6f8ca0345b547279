"""MobileNetV2 (Sandler et al. 2018), its BatchNorms folded into the convolutions before them.

Names are torchvision's. The weights are read from a file of that layout, with the BatchNorms or
without; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from translate.errors import WeightsError
from translate.weights import load_file

STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, blocks, and stride of the first of them (table 2)."""
_SHOWN = (3, 6, 13, 17)
"""Blocks whose outputs are given: the last ones at 1/4, 1/8, 1/16 and 1/32 of the size."""
SHOWN_CHANNELS = (24, 32, 96, 320)
"""Their channels."""
_STEM, _HEAD = 32, 1280
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def _conv(channels: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups)


class _Block(nn.Module):
    """An inverted residual: wider, filtered, and narrow again (figure 3b)."""

    def __init__(self, channels: int, out: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = channels * expansion
        expand = [nn.Sequential(_conv(channels, wide))] if expansion > 1 else []
        filters = nn.Sequential(_conv(wide, wide, 3, stride, groups=wide))
        self.conv = nn.ModuleList([*expand, filters, _conv(wide, out)])

    def forward(self, x: Tensor) -> Tensor:
        *wide, narrow = self.conv
        y = x
        for conv in wide:
            y = conv(y).clamp(0, 6)
        y = narrow(y)
        result: Tensor = x + y if x.shape == y.shape else y
        return result


class MobileNetV2(nn.Module):
    """The convolutional part of the network, without gradients of its weights.

    Args:
        head: also build the last layer, which the classifier sees.
    """

    def __init__(self, head: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(_conv(3, _STEM, 3, 2))]
        channels = _STEM
        for expansion, out, blocks, stride in STAGES:
            for index in range(blocks):
                layers.append(_Block(channels, out, expansion, 1 if index else stride))
                channels = out
        if head:
            layers.append(nn.Sequential(_conv(channels, _HEAD)))
        self.features = nn.ModuleList(layers)
        self.requires_grad_(False)

    def forward(self, picture: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the outputs of blocks 3, 6, 13 and 17, and of the last layer that there is.

        Shape:
            picture: (B, 3, H, W) in [0, 1]. Returns (B, 24, H/4, W/4), (B, 32, H/8, W/8),
            (B, 96, H/16, W/16), (B, 320, H/32, W/32); and (B, 1280, H/32, W/32).
        """
        mean, deviation = (picture.new_tensor(v).view(1, 3, 1, 1) for v in (_MEAN, _DEVIATION))
        stem, *rest = self.features
        x = stem((picture - mean) / deviation).clamp(0, 6)
        found = []
        for index, layer in enumerate(rest, 1):
            x = layer(x) if isinstance(layer, _Block) else layer(x).clamp(0, 6)
            if index in _SHOWN:
                found.append(x)
        return found, x


def load_mobilenet(path: Path, head: bool = True) -> MobileNetV2:
    """Read the network from a file in torchvision's layout.

    Raises:
        WeightsError: the file cannot be read, or holds another network.
    """
    network = MobileNetV2(head)
    folded = _folded(load_file(path).tensors)
    wanted = network.state_dict().keys()
    missing = sorted(wanted - folded.keys())
    if missing:
        raise WeightsError(
            f"{path}: is not MobileNetV2 in torchvision's layout: {missing[0]} is missing"
        )
    try:
        network.load_state_dict({name: folded[name] for name in wanted})
    except RuntimeError as error:
        raise WeightsError(f"{path}: is a MobileNetV2 of another width") from error
    return network


def _folded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Fold each BatchNorm into the convolution before it; what has none stays as it is."""
    folded = {key: value.float() for key, value in tensors.items()}
    for key in tensors:
        name, _, kind = key.rpartition(".")
        head, _, last = name.rpartition(".")
        norm = f"{head}.{int(last) + 1}" if last.isdigit() else ""
        if kind != "weight" or f"{norm}.running_var" not in tensors:
            continue
        scale = folded[f"{norm}.weight"] / (folded[f"{norm}.running_var"] + 1e-5).sqrt()
        folded[key] = folded[key] * scale.view(-1, 1, 1, 1)
        folded[f"{name}.bias"] = folded[f"{norm}.bias"] - folded[f"{norm}.running_mean"] * scale
    return folded


def as_seen(picture: Tensor, network: MobileNetV2) -> Tensor:
    """Return a picture with three channels, in the type and on the device of the network."""
    weight = next(network.parameters())
    return picture.to(weight.device, weight.dtype).expand(-1, 3, -1, -1)
