"""MobileNetV2 (Sandler et al. 2018) with timm's names, as open_clip's image towers have them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from translate.nn.mobilenet import STAGES
from translate_clip.nets.clipped import clipped


def _round(channels: float) -> int:
    """Return the multiple of 8 nearest to `channels`, never under 90 % of it."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _conv(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)


def _active(conv: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """Return relu6(norm(conv(x))), in one pass where the norm is folded."""
    if isinstance(norm, nn.Identity):
        return clipped(conv, x)
    return F.relu6(norm(conv(x)))


class _Separable(nn.Module):
    """Depthwise and pointwise convolution: the first block."""

    NORMS = (("conv_dw", "bn1"), ("conv_pw", "bn2"))

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_dw, self.bn1 = _conv(inputs, inputs, 3, groups=inputs), nn.BatchNorm2d(inputs)
        self.conv_pw, self.bn2 = _conv(inputs, outputs, 1), nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = _active(self.conv_dw, self.bn1, x)
        out: Tensor = self.bn2(self.conv_pw(x))
        return out


class _Inverted(nn.Module):
    """Expand, filter each channel, and project; with a skip where the shape allows it."""

    NORMS = (("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3"))

    def __init__(self, inputs: int, outputs: int, expand: int, stride: int) -> None:
        super().__init__()
        hidden = _round(inputs * expand)
        self.conv_pw, self.bn1 = _conv(inputs, hidden, 1), nn.BatchNorm2d(hidden)
        self.conv_dw = _conv(hidden, hidden, 3, stride, groups=hidden)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv_pwl, self.bn3 = _conv(hidden, outputs, 1), nn.BatchNorm2d(outputs)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        h = _active(self.conv_pw, self.bn1, x)
        h = _active(self.conv_dw, self.bn2, h)
        h = self.bn3(self.conv_pwl(h))
        return torch.add(x, h) if self.skip else h


class MobileNetV2(nn.Module):
    """Pooled features of a picture. Shape: (B, 3, H, W) -> (B, features)."""

    NORMS = (("conv_stem", "bn1"), ("conv_head", "bn2"))

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        channels = _round(32 * width)
        self.conv_stem, self.bn1 = _conv(3, channels, 3, 2), nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList()
        for expand, outputs, blocks, stride in STAGES:
            stage = nn.Sequential()
            for i in range(blocks):
                after = _round(outputs * width)
                if expand == 1:
                    stage.append(_Separable(channels, after))
                else:
                    stage.append(_Inverted(channels, after, expand, stride if i == 0 else 1))
                channels = after
            self.blocks.append(stage)
        self.features = max(1280, _round(1280 * width))
        self.conv_head, self.bn2 = _conv(channels, self.features, 1), nn.BatchNorm2d(self.features)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features, averaged over positions."""
        x = _active(self.conv_stem, self.bn1, x)
        for stage in self.blocks:
            x = stage(x)
        return _active(self.conv_head, self.bn2, x).mean((2, 3))


def fold_norms(trunk: MobileNetV2) -> None:
    """Fold each BatchNorm into the convolution before it, in place: the same function in eval."""
    for module in trunk.modules():
        for conv, norm in getattr(module, "NORMS", ()):
            fused = fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm))
            setattr(module, conv, fused)
            setattr(module, norm, nn.Identity())


def start_from(trunk: MobileNetV2, folded: Mapping[str, Tensor]) -> None:
    """Load ImageNet weights in torchvision's layout whose BatchNorm is folded into biases.

    The norms become the identity plus those biases; they make sense in eval mode alone.

    Raises:
        ValueError: another layout, or another width.
    """
    own: dict[str, Tensor] = {}
    for key, tensor in folded.items():
        if key.startswith("features."):
            conv, norm = _names(key.rsplit(".", 1)[0])
            if key.endswith(".weight"):
                own[f"{conv}.weight"] = tensor.float()
            else:
                own |= _identity(norm, tensor.float())
    try:
        trunk.load_state_dict(own)
    except RuntimeError as error:
        raise ValueError("weights of another MobileNetV2, or of another width") from error


def _identity(norm: str, bias: Tensor) -> dict[str, Tensor]:
    eps = 1e-5
    return {
        f"{norm}.weight": torch.ones_like(bias),
        f"{norm}.bias": bias,
        f"{norm}.running_mean": torch.zeros_like(bias),
        f"{norm}.running_var": torch.full_like(bias, 1 - eps),
        f"{norm}.num_batches_tracked": torch.tensor(0),
    }


def _names(layer: str) -> tuple[str, str]:
    """Return the names of convolution and norm that a folded layer of torchvision's becomes."""
    if layer == "features.0.0":
        return "conv_stem", "bn1"
    if layer == "features.18.0":
        return "conv_head", "bn2"
    match = re.fullmatch(r"features\.(\d+)\.conv\.(\d+)(?:\.0)?", layer)
    if match is None:
        raise ValueError(f"'{layer}' is no layer of MobileNetV2")
    number, part = int(match[1]) - 1, int(match[2])
    convs = ("conv_dw", "conv_pw") if number == 0 else ("conv_pw", "conv_dw", "conv_pwl")
    stage = 0
    while number >= STAGES[stage][2]:
        number -= STAGES[stage][2]
        stage += 1
    block = f"blocks.{stage}.{number}"
    return f"{block}.{convs[part]}", f"{block}.bn{part + 1}"
