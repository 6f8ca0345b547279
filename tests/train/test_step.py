"""One step: whose parameters move, what accumulation adds up to, what stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from translate.batch import Batch
from translate.recipe import Training
from translate.train.step import DivergedError, Stepper

CPU = torch.device("cpu")


class Two(Training):
    """A generator and a judge, by losses that are given."""

    def __init__(self, losses: Callable[[Two, Batch], Iterator[tuple[str, Tensor]]]) -> None:
        torch.manual_seed(0)
        self.nets = nn.ModuleDict({"generator": nn.Linear(2, 2), "judge": nn.Linear(2, 1)})
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.SGD(net.parameters(), 0.1) for name, net in self.nets.items()
        }
        self.state: dict[str, Any] = {}
        self._losses = losses

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        return self._losses(self, batch)


def batch(count: int, start: int = 0) -> Batch:
    keys = tuple(f"{i}.png" for i in range(start, start + count))
    values = torch.arange(start, start + count, dtype=torch.float32) / 10
    return Batch(values.view(-1, 1, 1, 1).expand(-1, 2, 1, 1), keys, tuple(range(count)))


def made(training: Two, given: Batch) -> Tensor:
    found: Tensor = training.nets["generator"](given.image.flatten(1))
    return found


def adversarial(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
    fake = made(training, given)
    yield "judge", training.nets["judge"](fake.detach()).square().mean()
    yield "generator", training.nets["judge"](fake).square().mean()


def weights(training: Training, name: str) -> Tensor:
    return torch.cat([p.detach().flatten().clone() for p in training.nets[name].parameters()])


def test_a_loss_moves_only_its_own_parameters() -> None:
    def only_generator(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "generator", training.nets["judge"](made(training, given)).square().mean()

    training = Two(only_generator)
    judge, generator = weights(training, "judge"), weights(training, "generator")
    Stepper(training, CPU).step([batch(3)], [0], 1.0)
    assert torch.equal(weights(training, "judge"), judge)
    assert not torch.equal(weights(training, "generator"), generator)


def test_the_second_loss_sees_what_the_first_has_learned() -> None:
    seen = []

    def watch(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
        for entry in adversarial(training, given):
            seen.append(weights(training, "judge"))
            yield entry

    Stepper(Two(watch), CPU).step([batch(3)], [0], 1.0)
    assert not torch.equal(seen[0], seen[1])


def one_loss(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
    yield "generator", made(training, given).square().mean()


def test_accumulated_batches_count_as_one() -> None:
    whole, parts = Two(one_loss), Two(one_loss)
    loss = Stepper(whole, CPU).step([batch(6)], [0], 1.0)
    losses = Stepper(parts, CPU).step([batch(2), batch(2, 2), batch(2, 4)], [0, 1, 2], 1.0)
    torch.testing.assert_close(weights(parts, "generator"), weights(whole, "generator"))
    assert losses["generator"] == pytest.approx(loss["generator"])


def test_gradients_of_one_step_do_not_reach_the_next() -> None:
    training = Two(adversarial)
    Stepper(training, CPU).step([batch(2), batch(2, 2)], [0, 1], 1.0)
    assert all(p.grad is None for p in training.nets.parameters())


def test_the_rate_is_a_factor_of_the_first_one() -> None:
    training = Two(one_loss)
    stepper = Stepper(training, CPU)
    before = weights(training, "generator")
    for factor in (0.5, 0.0):
        stepper.step([batch(2)], [0], factor)
        assert training.optimizers["generator"].param_groups[0]["lr"] == pytest.approx(0.1 * factor)
    after = weights(training, "generator")
    stepper.step([batch(2)], [0], 0.0)
    assert torch.equal(weights(training, "generator"), after)
    assert not torch.equal(before, after)


def test_gradients_are_clipped_to_their_norm() -> None:
    training = Two(one_loss)
    before = weights(training, "generator")
    Stepper(training, CPU, clip=1e-3).step([batch(4, 50)], [0], 1.0)
    moved = (weights(training, "generator") - before).norm().item()
    assert moved == pytest.approx(0.1 * 1e-3, rel=1e-2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_before_it_is_stepped_by(value: float) -> None:
    def broken(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
        yield "generator", made(training, given).mean() * value

    training = Two(broken)
    before = weights(training, "generator")
    with pytest.raises(DivergedError, match=r"loss 'generator' is .* with 0\.png, 1\.png, 2\.png"):
        Stepper(training, CPU).step([batch(3)], [0], 1.0)
    assert torch.equal(weights(training, "generator"), before)


def test_the_seed_decides_what_is_drawn() -> None:
    drawn = []

    def draw(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
        drawn.append(torch.rand(3))
        yield from one_loss(training, given)

    stepper = Stepper(Two(draw), CPU)
    for seed in (5, 6, 5):
        torch.rand(1)
        stepper.step([batch(1)], [seed], 1.0)
    assert torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_networks_compute_in_the_precision_and_are_kept_in_full(dtype: torch.dtype) -> None:
    seen = []

    def watch(training: Two, given: Batch) -> Iterator[tuple[str, Tensor]]:
        result = made(training, given)
        seen.append(result.dtype)
        yield "generator", result.float().square().mean()

    training = Two(watch)
    before = weights(training, "generator")
    Stepper(training, CPU, dtype).step([batch(2, 1)], [0], 1.0)
    assert seen == [dtype]
    assert weights(training, "generator").dtype == torch.float32
    assert not torch.equal(weights(training, "generator"), before)
