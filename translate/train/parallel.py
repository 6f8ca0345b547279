"""Several processes as one: gradients, starting weights and BatchNorm statistics are shared.

Networks are not wrapped (as DistributedDataParallel does), so a recipe may call them how and as
often as it likes; after each backward pass the gradients of the optimiser that is to step are
averaged. Each process computes the mean over its share, and shares are equal, so the average is
the gradient of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from translate.errors import TranslateError


def world() -> tuple[int, int]:
    """Return (rank, number of processes)."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


class PeerLostError(TranslateError):
    """Another process of the training has ended; this one cannot go on alone."""


@contextmanager
def _talking() -> Iterator[None]:
    """Turn the errors of a broken connection into one that says what to do."""
    try:
        yield
    except RuntimeError as error:
        raise PeerLostError(
            "another process of this training has ended; the same command goes on from the last "
            "checkpoint"
        ) from error


def _sum(values: Tensor) -> Tensor:
    """Add up a tensor over the processes, in place."""
    with _talking():
        dist.all_reduce(values)
    return values


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace gradients by their mean over the processes, in one message per dtype."""
    size = world()[1]
    if size == 1:
        return
    by_dtype: dict[torch.dtype, list[Tensor]] = {}
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
        by_dtype.setdefault(parameter.dtype, []).append(parameter.grad)
    for gradients in by_dtype.values():
        flat = _sum(torch.cat([gradient.flatten() for gradient in gradients])).div_(size)
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))


def average(values: Tensor) -> Tensor:
    """Return the mean of a small tensor over the processes."""
    size = world()[1]
    return values if size == 1 else _sum(values.clone()) / size


def share_start(module: nn.Module) -> None:
    """Give every process the parameters and buffers of the first one."""
    if world()[1] == 1:
        return
    for value in module.state_dict().values():
        with _talking():
            dist.broadcast(value, src=0)


def gather(value: Any) -> list[Any]:
    """Return what each process holds, in order of rank."""
    size = world()[1]
    if size == 1:
        return [value]
    found: list[Any] = [None] * size
    with _talking():
        dist.all_gather_object(found, value)
    return found


class _Sum(torch.autograd.Function):
    """Sum over the processes, whose gradient is the sum of their gradients."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return _sum(values.clone())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _sum(gradient.clone())


class SyncBatchNorm(nn.BatchNorm2d):
    """BatchNorm whose statistics are those of the whole batch over all processes.

    Runs on any device and process group, unlike `torch.nn.SyncBatchNorm`, which needs CUDA.
    Without gradients (held-out measures, one process alone) it is plain BatchNorm.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (B, C, H, W) per channel."""
        if not (self.training and torch.is_grad_enabled()):
            return super().forward(input)
        values = input.float()
        dims, shape = (0, 2, 3), (1, -1, 1, 1)
        count = _sum(values.new_tensor(values.numel() // values.shape[1]))
        mean = _Sum.apply(values.sum(dims)) / count
        centred = values - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(dims)) / count
        self._follow(mean.detach(), variance.detach(), count)
        scale = (variance + self.eps).rsqrt()
        normalised = centred * (scale if self.weight is None else scale * self.weight).view(shape)
        if self.bias is not None:
            normalised = normalised + self.bias.view(shape)
        result: Tensor = normalised.to(input.dtype)
        return result

    def _follow(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        if self.running_mean is None or self.running_var is None:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        momentum = 0.1 if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * count / (count - 1).clamp_min(1), momentum)


def synchronise_batch_norm(module: nn.Module) -> None:
    """Replace every BatchNorm2d below `module`, keeping its very parameters and buffers."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and not isinstance(child, SyncBatchNorm):
            setattr(module, name, _synchronised(child))
        else:
            synchronise_batch_norm(child)


def _synchronised(norm: nn.BatchNorm2d) -> SyncBatchNorm:
    twin = SyncBatchNorm(
        norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats
    )
    twin.weight, twin.bias = norm.weight, norm.bias
    twin.running_mean, twin.running_var = norm.running_mean, norm.running_var
    twin.num_batches_tracked = norm.num_batches_tracked
    return twin.train(norm.training)
