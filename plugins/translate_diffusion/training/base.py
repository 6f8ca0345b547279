"""What the trainings share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from translate import Training


class Logged(Training):
    """Keeps the parts of the last losses, and no other state."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self._log: dict[str, float] = {}

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses."""
        return self._log


class OneNetwork(Logged):
    """One network under one optimiser."""

    def __init__(self, net: nn.Module, rate: float) -> None:
        super().__init__()
        self.nets = nn.ModuleDict({"generator": net})
        learned = [p for p in net.parameters() if p.requires_grad]
        self.optimizers = {"generator": torch.optim.AdamW(learned, rate)}
