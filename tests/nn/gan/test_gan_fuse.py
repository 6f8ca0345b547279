"""Faster is the same: folded, packed, in bfloat16, and per picture."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from translate.nn.gan.fuse import PackedConv, optimize, prepacking_works
from translate.nn.gan.layers import InstanceNorm
from translate.nn.gan.perimage import seeded, use_own_statistics, use_seeded_dropout
from translate.nn.gan.refiner import RefinerGenerator
from translate.nn.gan.resnet import ResnetGenerator
from translate.nn.gan.unet import UNetGenerator


def nets():
    torch.manual_seed(0)
    yield UNetGenerator(num_downs=4, ngf=8)
    yield UNetGenerator(num_downs=3, ngf=4, norm="instance")
    yield UNetGenerator(num_downs=3, ngf=4, norm="none")
    yield ResnetGenerator(blocks=2, ngf=8)
    yield ResnetGenerator(blocks=1, ngf=8, norm="batch", dropout=True)
    yield RefinerGenerator(widths=(8, 12))


def trained(net: nn.Module) -> nn.Module:
    """Give batch norm statistics and scales that are not those of a start."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias)
    return net.eval()


@torch.no_grad()
@pytest.mark.parametrize("index", range(6))
def test_optimised_networks_give_the_same(index: int) -> None:
    net = trained(list(nets())[index])
    for size in (32, 48):  # the layout is chosen at the first size and serves the second
        x = torch.rand(2, 3, size, size) * 2 - 1
        wanted = net(x)
        if size == 32:
            state = {key: value.clone() for key, value in net.state_dict().items()}
            fast = optimize(net, "cpu", torch.float32)
            net = trained(list(nets())[index])
            net.load_state_dict(state)
        torch.testing.assert_close(fast(x), wanted, atol=2e-5, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("index", range(6))
def test_bfloat16_is_near(index: int) -> None:
    net = trained(list(nets())[index])
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    wanted = net(x)
    made = optimize(net, "cpu", torch.bfloat16)(x.bfloat16()).float()
    psnr = -10 * torch.log10((made - wanted).square().mean() / 4)
    assert psnr > 30  # a net of a few random filters; real ones reach 48 dB and more


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(3, 20, 7),
        nn.Conv2d(20, 33, 3, 2, 1, bias=False),
        nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4),
        nn.ConvTranspose2d(24, 7, 4, 2, 1, bias=False),
        nn.ConvTranspose2d(24, 16, 3, 2, 1, output_padding=1),
    ],
    ids=str,
)
def test_packed_convolutions_equal_the_plain_ones(conv, dtype) -> None:
    if not prepacking_works(dtype):
        pytest.skip("this build of PyTorch has no such operators, and the plain ones run")
    conv = conv.to(dtype)
    packed = PackedConv(conv)
    for batch, height, width in ((1, 16, 16), (3, 9, 14), (1, 40, 8)):
        x = torch.randn(batch, conv.in_channels, height, width).to(dtype)
        torch.testing.assert_close(packed(x), conv(x), atol=3e-2, rtol=3e-2)


def test_what_cannot_be_packed_stays() -> None:
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"),
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    )
    x = torch.rand(1, 3, 8, 8)
    net.eval()
    with torch.no_grad():
        wanted = net(x)
        torch.testing.assert_close(optimize(net, "cpu", torch.float32)(x), wanted)


@torch.no_grad()
def test_own_statistics_are_train_mode_for_one_picture() -> None:
    """The reference's test script: train mode, batches of one, here without dropout."""
    torch.manual_seed(0)
    net = trained(UNetGenerator(num_downs=3, ngf=4, dropout=False))
    x = torch.randn(3, 3, 16, 16)
    wanted = torch.cat([net.train()(one) for one in torch.split(x, 1)])
    use_own_statistics(net.eval())
    torch.testing.assert_close(net(x), wanted, atol=1e-5, rtol=1e-4)
    fast = optimize(net, "cpu", torch.float32)
    torch.testing.assert_close(fast(x), wanted, atol=2e-5, rtol=1e-4)


@torch.no_grad()
def test_seeded_dropout_does_not_depend_on_the_batch() -> None:
    torch.manual_seed(0)
    net = trained(UNetGenerator(num_downs=6, ngf=2))
    use_own_statistics(net)
    use_seeded_dropout(net)
    x = torch.randn(1, 3, 64, 64).repeat(3, 1, 1, 1)
    with seeded([5, 6, 5]):
        together = net(x)
    with seeded([6]):
        alone = net(x[:1])
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=0)
    torch.testing.assert_close(together[0], together[2])
    assert (together[0] - together[1]).abs().max() > 1e-3


@torch.no_grad()
def test_seeded_dropout_drops_as_much_as_dropout() -> None:
    net = nn.Sequential(nn.Dropout(0.3))
    use_seeded_dropout(net)
    with seeded([1]):
        made = net(torch.ones(1, 4, 64, 64))
    assert (made == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert made.mean().item() == pytest.approx(1, abs=0.02)


@torch.no_grad()
def test_instance_norm_makes_the_bias_before_it_pointless() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), InstanceNorm(4))
    x = torch.rand(1, 3, 9, 9)
    wanted = net(x)
    fast = optimize(net, "cpu", torch.float32)
    torch.testing.assert_close(fast(x), wanted, atol=1e-5, rtol=1e-5)
    assert fast[0].bias is None
