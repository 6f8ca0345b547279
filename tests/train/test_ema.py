import pytest
import torch
from torch import nn

from translate.train.ema import Average


def constant(value: float) -> nn.Module:
    network = nn.BatchNorm2d(2)
    nn.init.constant_(network.weight, value)
    network.running_mean.fill_(value)
    return network


def test_half_is_left_after_the_half_life_whatever_the_batch() -> None:
    for step in (1, 4, 16):
        average = Average(constant(0.0), half_life=64)
        for seen in range(10_000, 10_064, step):
            average.update(constant(1.0), seen, step)
        assert average.module.weight.tolist() == pytest.approx([0.5, 0.5], abs=1e-3)
        assert average.module.running_mean.tolist() == pytest.approx([0.5, 0.5], abs=1e-3)


def test_the_start_is_soon_forgotten() -> None:
    average = Average(constant(0.0), half_life=10_000)
    for seen in range(1, 100):
        average.update(constant(1.0), seen, 1)
    assert float(average.module.weight.min()) > 0.99


def test_counts_are_copied_and_the_network_is_left_alone() -> None:
    network = constant(1.0)
    network.num_batches_tracked.fill_(7)
    average = Average(constant(0.0), half_life=4)
    average.update(network, 100, 4)
    assert average.module.num_batches_tracked.item() == 7
    assert network.weight.tolist() == [1.0, 1.0]
    assert not any(p.requires_grad for p in average.module.parameters())
    assert not average.module.training


def test_state_goes_round() -> None:
    average, twin = Average(constant(0.25), 4), Average(constant(0.0), 4)
    twin.load_state_dict(average.state_dict())
    assert torch.equal(twin.module.weight, average.module.weight)
