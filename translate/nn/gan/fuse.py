"""The same network, faster: folded norms, channels_last, weights laid out once for the CPU."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from translate.nn.gan.perimage import ChannelNorm


def optimize(
    net: nn.Module, device: torch.device | str, dtype: torch.dtype, compiled: bool = False
) -> nn.Module:
    """Return `net` ready for inference on `device` in `dtype`; what was given is used up.

    Batch norm is folded into the convolution before it, and a bias that instance norm takes away
    again is dropped. On the CPU, instance norm becomes group
    norm and oneDNN's own weight layouts are kept between calls, where this build of PyTorch has
    the operators and they are shown to be right; otherwise the ordinary ones run.

    Args:
        net: any network; what is not known to be replaceable stays.
        device: where it will run.
        dtype: of its weights, and of the pictures it will be given.
        compiled: also compile it with torch.compile, which pays on long runs.
    """
    device = torch.device(device)
    net = net.eval().requires_grad_(False)
    _fold_norms(net)
    net = net.to(device=device, dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if device.type == "cpu":
        _swap(net, packed=prepacking_works(dtype) and not compiled)
    return torch.compile(net) if compiled else net  # type: ignore[return-value]


def _fold_norms(net: nn.Module) -> None:
    """Fold what is constant in a norm into the convolution before it, in place."""
    for sequence in [m for m in net.modules() if isinstance(m, nn.Sequential)]:
        for (name, conv), (norm_name, norm) in pairwise(list(sequence.named_children())):
            if not isinstance(conv, (nn.Conv2d, nn.ConvTranspose2d)):
                continue
            if isinstance(norm, nn.BatchNorm2d) and _foldable(conv, norm):
                setattr(sequence, name, _folded(conv, norm))
                setattr(sequence, norm_name, nn.Identity())
            elif isinstance(norm, (nn.InstanceNorm2d, ChannelNorm)) and _own_mean(norm):
                conv.bias = None  # the mean that is taken away next holds it


def _own_mean(norm: nn.Module) -> bool:
    return not getattr(norm, "track_running_stats", False)


def _foldable(conv: nn.Conv2d | nn.ConvTranspose2d, norm: nn.BatchNorm2d) -> bool:
    grouped = isinstance(conv, nn.ConvTranspose2d) and conv.groups > 1
    return norm.track_running_stats and not grouped


def _folded(conv: nn.Conv2d | nn.ConvTranspose2d, norm: nn.BatchNorm2d) -> nn.Module:
    if isinstance(conv, nn.ConvTranspose2d):
        return fuse_conv_bn_eval(conv, norm, transpose=True)
    return fuse_conv_bn_eval(conv, norm)


def _swap(net: nn.Module, packed: bool) -> None:
    for parent in list(net.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.InstanceNorm2d) and not child.track_running_stats:
                norm = ChannelNorm(child.num_features, child.eps, child.weight, child.bias)
                setattr(parent, name, norm)
            elif packed and isinstance(child, (nn.Conv2d, nn.ConvTranspose2d)) and _packable(child):
                setattr(parent, name, PackedConv(child))


def _packable(conv: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    return conv.padding_mode == "zeros" and not isinstance(conv.padding, str)


_NO_ACTIVATION: tuple[str, list[float], str] = ("none", [], "")


class PackedConv(nn.Module):
    """A convolution, plain or transposed, that keeps its weight in the layout oneDNN computes in.

    The layout is chosen at the first call, for the size of that picture; it is right for all.
    """

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d) -> None:
        super().__init__()
        self.transposed = isinstance(conv, nn.ConvTranspose2d)
        self.stride, self.dilation, self.groups = (
            list(conv.stride),
            list(conv.dilation),
            conv.groups,
        )
        self.padding = [int(side) for side in conv.padding]
        self.output_padding = list(conv.output_padding)
        self.weight: Tensor = conv.weight.detach()
        self.bias: Tensor | None = conv.bias.detach() if conv.bias is not None else None
        self.packed: Tensor | None = None

    def _pack(self, size: list[int]) -> Tensor:
        ops = torch.ops.mkldnn
        places = (self.stride, self.dilation, self.groups, size)
        if self.transposed:
            result: Tensor = ops._reorder_convolution_transpose_weight(
                self.weight, self.padding, self.output_padding, *places
            )
        else:
            result = ops._reorder_convolution_weight(self.weight, self.padding, *places)
        return result

    def forward(self, x: Tensor) -> Tensor:
        """Convolve. Shape: as of the convolution that was packed."""
        if self.packed is None:
            self.packed = self._pack(list(x.shape))
        places = (self.stride, self.dilation, self.groups, *_NO_ACTIVATION)
        ops = torch.ops.mkldnn
        if self.transposed:
            result: Tensor = ops._convolution_transpose_pointwise(
                x, self.packed, self.bias, self.padding, self.output_padding, *places
            )
        else:
            result = ops._convolution_pointwise(x, self.packed, self.bias, self.padding, *places)
        return result


@cache
def prepacking_works(dtype: torch.dtype) -> bool:
    """Say whether oneDNN's own weight layouts are there for `dtype` and give what is expected.

    The operators are private to PyTorch, so they are tried on small convolutions first.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 16, 8, 8, generator=generator).to(dtype)
    x = x.contiguous(memory_format=torch.channels_last)
    try:
        return all(_same(conv, x) for conv in _samples(dtype))
    except (AttributeError, RuntimeError, TypeError):
        return False


def _samples(dtype: torch.dtype) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    convs: list[nn.Conv2d | nn.ConvTranspose2d] = [
        nn.Conv2d(16, 32, 3),
        nn.Conv2d(16, 32, 4, 2, 1, bias=False),
        nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False),
        nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1),
    ]
    return [conv.to(dtype=dtype, memory_format=torch.channels_last) for conv in convs]  # type: ignore[call-overload]


def _same(conv: nn.Conv2d | nn.ConvTranspose2d, x: Tensor) -> bool:
    with torch.no_grad():
        return torch.allclose(PackedConv(conv)(x), conv(x), rtol=2e-2, atol=2e-2)
