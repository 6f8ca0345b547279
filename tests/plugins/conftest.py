"""What the tests of several plugins share."""

from __future__ import annotations

import pytest
import torch

from translate import Batch, Training


@pytest.fixture
def learn():
    """Return what steps as the loop does: each loss moves its own optimiser's parameters."""

    def learn(training: Training, batch: Batch, steps: int) -> list[str]:
        order = []
        for _ in range(steps):
            for name, loss in training.losses(batch):
                optimizer = training.optimizers[name]
                owned = [p for group in optimizer.param_groups for p in group["params"]]
                torch.autograd.backward(loss, inputs=owned)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                order.append(name)
        return order

    return learn
