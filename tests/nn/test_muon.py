import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from translate.nn.muon import Muon, orthogonalised


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.Conv2d(8, 3, 1),
    )


def learn(net, optimizer, steps, seed=1):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        seen = torch.rand(4, 3, 8, 8, generator=generator)
        loss = (net(seen) - seen.flip(1)).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


@given(
    rows=st.integers(1, 24),
    columns=st.integers(1, 24),
    scale=st.floats(1e-3, 1e3),
    seed=st.integers(0, 99),
)
def test_orthogonalised_matrices_turn_all_directions_about_alike(rows, columns, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    # singular values of a random matrix may be as small as one likes: here they lie in [0.5, 1]
    matrix = torch.randn(2, rows, columns, generator=generator)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    spread = torch.linspace(0.5, 1, values.shape[-1]) * scale
    turned = orthogonalised(left * spread @ right)
    found = torch.linalg.svdvals(turned)
    assert found.min() > 0.6
    assert found.max() < 1.3
    # seen from the old directions it is diagonal: it turned none of them
    inside = left.mT @ turned @ right.mT
    torch.testing.assert_close(
        inside, inside.diagonal(dim1=-2, dim2=-1).diag_embed(), atol=1e-3, rtol=0
    )
    assert inside.diagonal(dim1=-2, dim2=-1).min() > 0.6


def test_first_and_last_layers_and_biases_are_stepped_as_by_adam():
    net, twin = network(), network()
    learn(net, Muon(net, 1e-2, ends=("0", "2", "4", "5")), 5)
    learn(twin, torch.optim.Adam(twin.parameters(), 1e-2, betas=(0.9, 0.99)), 5)
    for one, other in zip(net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_a_step_is_as_large_as_adams_whatever_the_gradient():
    for factor in (1e-4, 1, 1e4):
        net = nn.Sequential(nn.Linear(16, 32, bias=False))
        before = net[0].weight.detach().clone()
        net[0].weight.grad = torch.randn(32, 16, generator=torch.manual_seed(0)) * factor
        Muon(net, 0.1).step()
        size = (net[0].weight - before).square().mean().sqrt().item()
        assert size == pytest.approx(0.1 * 0.2, rel=0.3)


def test_what_needs_no_gradient_or_has_none_stays():
    net = network()
    net[0].requires_grad_(False)
    before = copy.deepcopy(net.state_dict())
    optimizer = Muon(net, 1e-2)
    net[2].weight.grad = torch.ones_like(net[2].weight)
    optimizer.step()
    changed = [name for name, value in net.state_dict().items() if not value.equal(before[name])]
    assert changed == ["2.weight"]


def test_a_resumed_optimizer_goes_on_to_the_bit(tmp_path):
    net = network()
    optimizer = Muon(net, 1e-2, ends=("0", "5"))
    learn(net, optimizer, 3)
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "state")
    learn(net, optimizer, 3, seed=2)
    again = network()
    resumed = Muon(again, 1e-2, ends=("0", "5"))
    state = torch.load(tmp_path / "state")
    again.load_state_dict(state["net"])
    resumed.load_state_dict(state["optimizer"])
    learn(again, resumed, 3, seed=2)
    for one, other in zip(net.parameters(), again.parameters(), strict=True):
        assert one.equal(other)
