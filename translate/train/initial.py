"""Weights that a training starts from, where it does not start from chance."""

from __future__ import annotations

from torch import Tensor, nn

from translate.errors import WeightsError
from translate.weights import Checkpoint

_NAMED = 3


def adopt(net: nn.Module, start: Checkpoint) -> str:
    """Give `net` the tensors of `start` that fit it by name and shape; return a line on it.

    The others keep their fresh values, so that a network may be deeper than the one it starts
    from, or end in other channels.

    Raises:
        WeightsError: none fits.
    """
    own = net.state_dict()
    taken = _fitting(own, start)
    if not taken:
        raise WeightsError(
            f"{start.path}: none of its tensors fits this network; start from weights of the same "
            "recipe and sizes"
        )
    net.load_state_dict(taken, strict=False)
    fresh = [name for name in own if name not in taken]
    return f"starting from {start.path}: {len(taken)} of {len(own)} tensors{_listed(fresh)}"


def _fitting(own: dict[str, Tensor], start: Checkpoint) -> dict[str, Tensor]:
    found = {name: start.tensors[name] for name in own if name in start.tensors}
    return {name: value for name, value in found.items() if value.shape == own[name].shape}


def _listed(fresh: list[str]) -> str:
    if not fresh:
        return ""
    more = f" and {len(fresh) - _NAMED} more" if len(fresh) > _NAMED else ""
    return f"; fresh are {', '.join(fresh[:_NAMED])}{more}"
