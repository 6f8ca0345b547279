"""A frozen convolution and the ReLU6 after it in one pass, where PyTorch has it for the CPU."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def clipped(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Return `relu6(conv(x))`, whose gradient goes to `x` alone where `conv` is frozen."""
    if _fuses(conv, x) and fusing_works():
        result: Tensor = _Clipped.apply(x, conv)
        return result
    return F.relu6(conv(x))


def _fuses(conv: nn.Conv2d, x: Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == conv.weight.dtype == torch.float32
        and not conv.weight.requires_grad
        and not torch.is_autocast_enabled("cpu")
    )


@cache
def fusing_works() -> bool:
    """Say whether the operator is there and gives what is expected.

    It is private to PyTorch, so it is tried on small convolutions first.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    x = (
        torch.linspace(-9, 9, 16 * 64)
        .view(1, 16, 8, 8)
        .contiguous(memory_format=torch.channels_last)
    )
    convs = nn.Conv2d(16, 8, 1), nn.Conv2d(16, 16, 3, 2, 1, groups=16, bias=False)
    try:
        return all(_same(conv.requires_grad_(False), x) for conv in convs)
    except (AttributeError, RuntimeError, TypeError):
        return False


def _same(conv: nn.Conv2d, x: Tensor) -> bool:
    found: Tensor = _Clipped.apply(x, conv)
    return torch.allclose(found, F.relu6(conv(x)), rtol=1e-4, atol=1e-4)


class _Clipped(torch.autograd.Function):
    """Keeps only the result: where it lies within the range, the gradient passes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, conv: nn.Conv2d) -> Tensor:
        result: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x,
            conv.weight,
            conv.bias,
            conv.padding,
            conv.stride,
            conv.dilation,
            conv.groups,
            "hardtanh",
            [0.0, 6.0],
            "",
        )
        ctx.save_for_backward(x, result)
        ctx.conv = conv
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        x, result = ctx.saved_tensors
        conv: nn.Conv2d = ctx.conv
        inside = torch.ops.aten.hardtanh_backward(gradient, result, 0.0, 6.0)
        places = (conv.stride, conv.padding, conv.dilation, False, (0, 0), conv.groups)
        found = torch.ops.aten.convolution_backward(
            inside, x, conv.weight, None, *places, (True, False, False)
        )
        return found[0], None
