"""Running a chain of stages on tensors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from translate import Batch, Stage, Store
from translate.run.options import Options
from translate.run.program import Program


@pytest.fixture
def run() -> Callable[..., Batch]:
    """Return a function of a picture (C, H, W), or pictures (B, C, H, W), stages, and slots."""

    def chain(image: Tensor, *stages: Stage, **slots: Tensor) -> Batch:
        image = image if image.ndim == 4 else image[None]
        names = tuple(f"{i}.png" for i in range(len(image)))
        batch = Batch(image, names, tuple(range(len(image)))).replace(**slots)
        return Program(stages, Store(), options=Options(device="cpu")).run(batch)

    return chain


@pytest.fixture
def photo() -> Tensor:
    """Return a colourful picture with slopes and grain: (3, 40, 56)."""
    rows, columns = torch.linspace(0, 1, 40)[:, None], torch.linspace(0, 1, 56)
    planes = [rows * columns, (1 - rows) * columns, (rows + columns) / 2]
    grain = torch.rand(3, 40, 56, generator=torch.Generator().manual_seed(3))
    return torch.stack([p.expand(40, 56) for p in planes]) * 0.8 + grain * 0.2
