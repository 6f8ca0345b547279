"""The device that is not there refuses what CUDA refuses, and else computes as the CPU does."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("device")
VECTOR, SCALAR = torch.tensor([1.0, 2.0, 3.0]), torch.tensor(2.0)

MIXED: dict[str, Callable[[Tensor], object]] = {
    "sum": lambda x: x + VECTOR,
    "sum the other way": lambda x: VECTOR + x,
    "product with a scalar": lambda x: VECTOR * x[0],
    "into the CPU": lambda x: VECTOR.clone().add_(x),
    "into a CPU scalar": lambda x: SCALAR.clone().add_(x[0]),
    "out": lambda x: torch.mul(x, 2, out=torch.empty(3)),
    "cat": lambda x: torch.cat([x, VECTOR]),
    "stack of scalars": lambda x: torch.stack([x[0], SCALAR]),
    "matmul": lambda x: x @ VECTOR,
    "where": lambda x: torch.where(x > 1, x, VECTOR),
    "mask": lambda x: x.masked_fill(VECTOR > 1, 0.0),
    "gather": lambda x: x.gather(0, torch.tensor([0])),
    "convolution": lambda x: nn.functional.conv1d(x[None, None], torch.ones(1, 1, 2)),
    "loss": lambda x: nn.functional.l1_loss(x, VECTOR),
    "sampling": lambda x: nn.functional.grid_sample(
        x.expand(1, 1, 3, 3), torch.zeros(1, 2, 2, 2), align_corners=False
    ),
    "index of a CPU tensor": lambda x: VECTOR[x.long() - 1],
    "values of an index": lambda x: x.index_put((torch.tensor([0, 1]),), VECTOR[:2]),
    "foreach": lambda x: torch._foreach_add([x], [VECTOR]),
    "generator": lambda x: torch.randn(3, device=x.device, generator=torch.Generator()),
    "generator in place": lambda x: x.normal_(generator=torch.Generator()),
    "generator of ints": lambda x: torch.randint(
        3, (2,), device=x.device, generator=torch.Generator()
    ),
}


@pytest.fixture
def x(device: torch.device) -> Tensor:
    return VECTOR.to(device)


@pytest.mark.parametrize("what", MIXED)
def test_it_refuses_to_mix(x: Tensor, what: str) -> None:
    with pytest.raises(RuntimeError, match=r"same device|for generator"):
        MIXED[what](x)


def test_its_tensors_are_no_arrays(x: Tensor) -> None:
    for attempt in (Tensor.numpy, np.asarray):
        with pytest.raises((RuntimeError, TypeError)):
            attempt(x)
    assert x.cpu().numpy().tolist() == [1, 2, 3]


def test_a_network_on_the_cpu_is_refused(x: Tensor) -> None:
    with pytest.raises(RuntimeError, match="same device"):
        nn.Linear(3, 2)(x)
    with pytest.raises(RuntimeError, match="same device"):
        nn.Linear(3, 2).to(x.device)(VECTOR)


def test_what_cuda_allows_is_allowed(x: Tensor) -> None:
    assert (x * SCALAR).tolist() == [2, 4, 6]
    assert torch.where(x > 2, x, SCALAR).tolist() == [2, 2, 3]
    assert x[torch.tensor([2, 0])].tolist() == [3, 1]
    assert x.index_put((torch.tensor([0]),), SCALAR).tolist() == [2, 2, 3]
    assert torch.zeros(3).copy_(x).device.type == "cpu"
    assert torch.zeros(3, device=x.device).copy_(VECTOR).equal(x)


def test_what_is_made_there_is_there(x: Tensor) -> None:
    made = [
        torch.tensor([1, 2], device=x.device),
        torch.arange(3, device=x.device),
        torch.linspace(0, 1, 3, device=x.device),
        torch.rand(2, device=x.device),
        torch.full((2,), 1.0, device=x.device),
        x.new_zeros(2),
        torch.zeros_like(VECTOR, device=x.device),
        x.double(),
        x[1:],
    ]
    assert {tensor.device for tensor in made} == {x.device}
    assert torch.zeros_like(x, device="cpu").device.type == "cpu"
    assert torch.arange(2, 8, 3, device=x.device).tolist() == [2, 5]
    assert float(x.sum()) == 6
    assert bool((x > 0).all())


def test_views_and_their_writes_reach_the_whole(x: Tensor) -> None:
    x[1:].mul_(2)
    x[x > 5] = 0
    assert x.tolist() == [1, 4, 0]


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.SiLU(), nn.Conv2d(4, 1, 3)
    )


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_learning_there_is_learning(kind: type[torch.optim.Optimizer], device) -> None:
    picture = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    learned = []
    for where in (torch.device("cpu"), device):
        network = net()
        # Made before the move: CUDA keeps parameters what they are, and so must this.
        optimizer = kind(network.parameters(), lr=0.01)
        network.to(where, memory_format=torch.channels_last)
        for _ in range(3):
            network(picture.to(where)).square().mean().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
        assert {p.device for p in network.parameters()} == {where}
        learned.append({key: value.cpu() for key, value in network.state_dict().items()})
    for key, value in learned[0].items():
        torch.testing.assert_close(learned[1][key], value)


def test_gradients_of_gradients(x: Tensor) -> None:
    x.requires_grad_()
    (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    first.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6, 12, 18]


def test_networks_are_copied_and_saved_as_those_of_cuda(device: torch.device) -> None:
    network = net().to(device)
    twin = copy.deepcopy(network)
    assert isinstance(twin[0].weight, nn.Parameter)
    nn.init.zeros_(twin[0].weight)
    assert float(network[0].weight.detach().abs().sum()) > 0
    file = io.BytesIO()
    torch.save(network.state_dict(), file)
    file.seek(0)
    state = torch.load(file, map_location="cpu", weights_only=True)
    assert {value.device.type for value in state.values()} == {"cpu"}
    twin.load_state_dict(state)
    assert twin[0].weight.equal(network[0].weight)


def test_autocast_lowers_what_networks_are_made_of(device: torch.device) -> None:
    network, picture = net().to(device), torch.rand(2, 3, 6, 6).to(device)
    with torch.autocast(device.type, torch.bfloat16):
        made = network(picture)
        with torch.autocast(device.type, enabled=False):
            assert network(picture).dtype == torch.float32
    assert made.dtype == torch.bfloat16
    made.float().mean().backward()
    assert network[0].weight.grad.dtype == torch.float32
