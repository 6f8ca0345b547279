"""From a weights file to a network on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from pydantic import BaseModel, ValidationError
from torch import Tensor, nn

from translate import Context, WeightsError

Config = TypeVar("Config", bound=BaseModel)
Net = TypeVar("Net", bound=nn.Module)


def open_net(
    ctx: Context, weights: str, kind: type[Config], build: Callable[[Config], Net]
) -> tuple[Net, Config]:
    """Return the network of that name or path in the context's precision, and its settings.

    Raises:
        WeightsError: the file is missing, damaged, or of another kind of network.
    """
    checkpoint = ctx.open(weights)
    wanted = kind.model_fields["generator"].default
    found = checkpoint.config.get("generator")
    if found != wanted:
        raise WeightsError(
            f"weights '{weights}' are for '{found or 'an unknown network'}', this stage takes "
            f"'{wanted}'; 'translate weights list' names those that are here"
        )
    try:
        config = kind.model_validate(dict(checkpoint.config))
        net = build(config)
        net.load_state_dict({key: value.float() for key, value in checkpoint.tensors.items()})
    except (ValidationError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise WeightsError(f"weights '{weights}' do not fit their own settings: {first}") from error
    return place(net, ctx), config


def place(net: Net, ctx: Context) -> Net:
    """Return `net` for inference: on the device, in its precision, channels last."""
    net = net.eval().requires_grad_(False).to(ctx.device, ctx.dtype)
    net = net.to(memory_format=torch.channels_last)
    if ctx.compile:
        net.compile()
    return net


def as_rgb(image: Tensor) -> Tensor:
    """Return gray as three equal channels. Shape: (B, 1 or 3, H, W) -> (B, 3, H, W)."""
    return image if image.shape[1] == 3 else image.expand(-1, 3, -1, -1)
