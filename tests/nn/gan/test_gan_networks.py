"""The networks: the official keys and sizes, and layers equal to PyTorch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from translate.nn.gan.blocks import init_weights
from translate.nn.gan.deep import DownConv, UpConv
from translate.nn.gan.fuse import optimize
from translate.nn.gan.kinds import KINDS, UNetConfig
from translate.nn.gan.layers import InstanceNorm, ReflectionPad
from translate.nn.gan.patchgan import PatchDiscriminator, PixelDiscriminator, discriminator
from translate.nn.gan.refiner import RefinerGenerator
from translate.nn.gan.resnet import ResnetGenerator
from translate.nn.gan.unet import UNetGenerator


@pytest.mark.parametrize(
    ("build", "keys", "parameters"),
    [
        (lambda: ResnetGenerator(), 48, 11_378_179),
        (lambda: ResnetGenerator(blocks=6), 36, 7_837_699),
        (lambda: UNetGenerator(), 82, 54_413_955),
        (lambda: UNetGenerator(num_downs=7), 70, 41_828_995),
        (lambda: UNetGenerator(norm="instance"), 32, 54_409_603),
        (lambda: PatchDiscriminator(3, norm="instance"), 10, 2_764_737),
        (lambda: PatchDiscriminator(6), 22, 2_768_705),
    ],
)
def test_as_many_keys_and_parameters_as_the_official_networks(build, keys, parameters) -> None:
    with torch.device("meta"):
        net = build()
    assert len(net.state_dict()) == keys
    assert sum(p.numel() for p in net.parameters()) == parameters


def test_dropout_moves_a_resnet_key_and_no_unet_key() -> None:
    with torch.device("meta"):
        plain, dropped = (ResnetGenerator(dropout=d).state_dict() for d in (False, True))
        nets = [UNetGenerator(dropout=d) for d in (False, True)]
    assert "model.10.conv_block.5.weight" in plain
    assert "model.10.conv_block.6.weight" in dropped
    assert nets[0].state_dict().keys() == nets[1].state_dict().keys()
    drops = [sum(isinstance(m, nn.Dropout) for m in net.modules()) for net in nets]
    assert drops == [0, 3]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_generators_keep_the_size(kind, norm) -> None:
    size = {"widths": (4, 6)} if kind.name == "refiner" else {"ngf": 2}
    config = kind.config(norm=norm, in_channels=1, out_channels=2, **size)
    side = max(kind.multiple_of(config), 8)
    with torch.no_grad():
        made = kind.build(config).eval()(torch.randn(1, 1, side, side))
    assert made.shape == (1, 2, side, side)
    if kind.name != "refiner":  # it adds to its input, and the core clamps
        assert made.abs().max() <= 1


def test_a_refiner_adds_to_what_it_is_given() -> None:
    net = RefinerGenerator(widths=(4, 6), norm="none").eval()
    x = torch.randn(1, 3, 8, 8)
    for parameter in net.last[2].parameters():
        nn.init.zeros_(parameter)
    with torch.no_grad():
        assert torch.equal(net(x), x)


def test_an_unet_of_any_depth_says_what_sides_it_takes() -> None:
    unet = next(kind for kind in KINDS if kind.name == "unet-256")
    assert unet.multiple_of(UNetConfig()) == 256
    assert unet.multiple_of(UNetConfig(num_downs=3)) == 8


def test_a_resnet_without_statistics_sees_no_further_than_its_halo() -> None:
    kind = next(kind for kind in KINDS if kind.name == "resnet-6")
    config = kind.config(ngf=2, norm="none", blocks=1)
    halo = kind.halo(config)
    assert halo is not None
    assert halo % 4 == 0
    net = kind.build(config).double()
    for p in net.parameters():
        nn.init.constant_(p, 0.01)  # nothing is rectified away
    x = torch.full((1, 3, 80, 8), 0.1, dtype=torch.float64, requires_grad=True)
    net(x)[0, :, 40].sum().backward()
    assert x.grad is not None
    rows = x.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    assert rows.min() >= 40 - halo
    assert rows.max() <= 40 + halo
    assert kind.halo(kind.config(norm="instance")) is None


def test_discriminators_give_a_logit_per_patch() -> None:
    x = torch.randn(1, 6, 64, 64)
    assert discriminator("basic", 6, 4, 5, "batch")(x).shape == (1, 1, 6, 6)
    assert discriminator("n_layers", 6, 4, 2, "instance")(x).shape == (1, 1, 14, 14)
    assert discriminator("pixel", 6, 4, 3, "none")(x).shape == (1, 1, 64, 64)
    assert set(PixelDiscriminator(3).state_dict()) >= {"net.0.weight", "net.5.weight"}


@pytest.mark.parametrize("kind", ["normal", "xavier", "kaiming", "orthogonal"])
def test_first_weights_are_drawn_by_kind(kind) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(32, 32, 3), nn.BatchNorm2d(32))
    init_weights(net, kind, 0.02)
    weight = net[0].weight.detach()
    expected = {
        "normal": 0.02,
        "xavier": 0.02 * (2 / (32 * 9 * 2)) ** 0.5,
        "kaiming": (2 / (32 * 9)) ** 0.5,
        "orthogonal": 0.02 / (32 * 9) ** 0.5,
    }
    assert weight.std().item() == pytest.approx(expected[kind], rel=0.05)
    assert net[0].bias.abs().max() == 0
    assert net[1].weight.mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("margin", [1, 3])
def test_reflection_padding_has_the_gradient_of_pytorchs(margin) -> None:
    x = torch.randn(2, 3, 6, 9, dtype=torch.float64, requires_grad=True)
    wanted = nn.ReflectionPad2d(margin)(x)
    weights = torch.randn_like(wanted)
    made = ReflectionPad(margin)(x)
    torch.testing.assert_close(made, wanted)
    (ours,) = torch.autograd.grad((made * weights).sum(), x)
    (theirs,) = torch.autograd.grad((wanted * weights).sum(), x)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("kind", "size"), [(DownConv, (4, 8)), (UpConv, (2, 4)), (UpConv, (1, 1))])
def test_deep_convolutions_and_their_gradients_are_pytorchs(kind, size, bias, form) -> None:
    torch.manual_seed(0)
    conv = kind(6, 5, bias).double().to(memory_format=form)
    x = torch.randn(3, 6, *size, dtype=torch.float64).contiguous(memory_format=form)
    x.requires_grad_()
    plain = F.conv2d if kind is DownConv else F.conv_transpose2d
    wanted = plain(x, conv.weight, conv.bias, stride=2, padding=1)
    made = conv(x)
    torch.testing.assert_close(made, wanted)
    weights = torch.randn_like(wanted)
    sources = [x, *conv.parameters()]
    ours = torch.autograd.grad((made * weights).sum(), sources)
    theirs = torch.autograd.grad((wanted * weights).sum(), sources)
    torch.testing.assert_close(ours, theirs)


def test_instance_norm_equals_pytorchs_in_both_layouts() -> None:
    x = torch.randn(3, 4, 5, 6) * 3 + 1
    for picture in (x, x.contiguous(memory_format=torch.channels_last)):
        torch.testing.assert_close(InstanceNorm(4)(picture), nn.InstanceNorm2d(4)(x))


@pytest.mark.parametrize("optimized", [False, True])
def test_a_refiner_takes_a_picture_whose_lowest_level_is_one_pixel(optimized: bool) -> None:
    net: nn.Module = RefinerGenerator(norm="instance", widths=(8, 8))
    if optimized:
        net = optimize(net, "cpu", torch.float32)
    made = net(torch.rand(2, 3, 4, 4))
    assert made.shape == (2, 3, 4, 4)
    assert made.isfinite().all()
