import pytest
import torch

from translate.nn.diffusion.unet import UNetConfig, build_unet

TINY = UNetConfig(channels=2, conditions=1, patch=2, widths=(32, 32), attention=True)


def test_the_output_has_the_size_and_channels_of_what_is_denoised():
    net = build_unet(TINY)
    assert net(torch.rand(3, 3, 16, 24), torch.ones(3)).shape == (3, 2, 16, 24)


@pytest.mark.parametrize(
    ("patch", "widths", "multiple"), [(1, (32,), 1), (2, (32, 32), 4), (4, (32, 32, 32), 16)]
)
def test_sides_must_divide_by_the_patch_and_the_halvings(patch, widths, multiple):
    net = build_unet(TINY.model_copy(update={"patch": patch, "widths": widths}))
    assert net.multiple_of == multiple


def test_a_fresh_network_says_nothing():
    """Every residual branch and the head start at zero, so training starts from the base."""
    assert build_unet(TINY)(torch.rand(1, 3, 8, 8), torch.ones(1)).abs().max() == 0


def test_all_parameters_learn():
    torch.manual_seed(0)
    net = build_unet(TINY.model_copy(update={"features": 4}))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    net(
        torch.rand(2, 3, 8, 8), torch.rand(2) + 0.1, torch.rand(2, 4, 4, 4)
    ).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_the_level_and_the_features_are_heard():
    torch.manual_seed(0)
    net = build_unet(TINY.model_copy(update={"features": 4}))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x, features = torch.rand(1, 3, 8, 8), torch.rand(1, 4, 4, 4)
    base = net(x, torch.ones(1), features)
    assert (net(x, torch.full((1,), 0.1), features) - base).abs().max() > 1e-4
    assert (net(x, torch.ones(1), features * 0) - base).abs().max() > 1e-4


def test_each_picture_is_alone_in_its_batch():
    torch.manual_seed(0)
    net = build_unet(TINY)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x, levels = torch.rand(3, 3, 8, 8), torch.tensor([0.1, 1.0, 10.0])
    together = net(x, levels)
    alone = torch.cat([net(x[i : i + 1], levels[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
