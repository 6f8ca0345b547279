from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from translate.generator import Encoding, Latent
from translate_clip.generators import StyleGanConfig, VqganConfig
from translate_clip.nets.clip import Clip, ClipConfig
from translate_clip.nets.clipped import clipped
from translate_clip.nets.discriminator import Discriminator
from translate_clip.nets.mobilenet import MobileNetV2, fold_norms, start_from
from translate_clip.nets.quantize import nearest
from translate_clip.nets.stylegan import StyleGan, bag_of_words
from translate_clip.nets.vqgan import Vqgan

VQGAN = VqganConfig(width=4, multipliers=(1, 2), z_channels=4, embed_dim=4, codes=16, groups=2)
STYLEGAN = StyleGanConfig(
    resolution=16, z_dim=8, w_dim=8, width=4, max_width=8, words=("cat", "dog", "red")
)


@pytest.fixture
def vqgan() -> Vqgan:
    torch.manual_seed(0)
    return Vqgan(VQGAN).eval()


@pytest.fixture
def stylegan() -> StyleGan:
    torch.manual_seed(0)
    return StyleGan(STYLEGAN).eval()


def test_both_generators_keep_the_protocol(vqgan: Vqgan, stylegan: StyleGan) -> None:
    assert isinstance(vqgan, Encoding)
    assert isinstance(stylegan, Latent)
    assert not isinstance(stylegan, Encoding)


@pytest.mark.parametrize("kind", ["vq", "gumbel", "kl"])
def test_latents_of_every_bottleneck_have_the_stated_shape(kind: str) -> None:
    net = Vqgan(VQGAN.model_copy(update={"kind": kind})).eval()
    latent = net.encode(torch.zeros(2, 3, 8, 12))
    assert latent.shape == (2, 4, 4, 6)
    assert net.decode(latent).shape == (2, 3, 8, 12)
    drawn = net.sample(1, 7, 12)
    assert drawn.shape == (1, 4, 4, 6)
    assert torch.equal(drawn, net.sample(1, 7, 12))
    assert not torch.equal(drawn, net.sample(2, 7, 12))


def test_nearest_finds_what_a_search_finds() -> None:
    generator = torch.Generator().manual_seed(0)
    z, codes = torch.randn(2, 3, 4, 5, generator=generator), torch.randn(9, 3, generator=generator)
    distance = (z.movedim(1, -1)[..., None, :] - codes).square().sum(-1)
    assert torch.equal(nearest(z, codes), distance.argmin(-1))


def test_codes_decode_as_themselves_and_gradients_pass_straight_through(vqgan: Vqgan) -> None:
    code = vqgan.sample(3, 8, 8)
    assert torch.equal(vqgan.quantize.snap(code), code)
    latent = (code + 1e-4).requires_grad_()
    snapped = vqgan.quantize.snap(latent)
    assert torch.equal(snapped, code)
    assert torch.equal(torch.autograd.grad(snapped.sum(), latent)[0], torch.ones_like(latent))


def test_project_clamps_to_the_codebook(vqgan: Vqgan) -> None:
    table = vqgan.quantize.table
    far = vqgan.project(torch.full((1, 4, 2, 2), 1e3))
    assert torch.equal(far[0, :, 0, 0], table.amax(0))
    inside = vqgan.sample(1, 4, 4)
    assert torch.equal(vqgan.project(inside), inside)


def test_truncation_draws_towards_the_mean(vqgan: Vqgan, stylegan: StyleGan) -> None:
    stylegan.middle.fill_(0.5)
    for net in (vqgan, stylegan):
        mean = net.sample(1, 16, 16, truncation=0.0)
        assert torch.allclose(mean, net.sample(2, 16, 16, truncation=0.0))
        far = (net.sample(1, 16, 16) - mean).norm()
        assert torch.allclose((net.sample(1, 16, 16, truncation=0.5) - mean).norm(), far / 2)


def test_stylegan_hears_the_words_it_knows(stylegan: StyleGan) -> None:
    plain = stylegan.sample(1, 16, 16)
    assert not torch.equal(plain, stylegan.sample(1, 16, 16, ["cat"]))
    assert torch.equal(plain, stylegan.sample(1, 16, 16, ["zebra"]))
    bag = bag_of_words(["red", "cat", "zebra"], STYLEGAN.words)
    assert torch.allclose(bag, torch.tensor([0.5, 0, 0.5]).sqrt())


def test_layers_of_a_style_act_from_coarse_to_fine(stylegan: StyleGan) -> None:
    assert stylegan.layers == 3
    one, two = stylegan.sample(1, 16, 16), stylegan.sample(2, 16, 16)
    last = torch.cat([one[:, :2], two[:, 2:]], 1)
    first = torch.cat([two[:, :1], one[:, 1:]], 1)
    picture = stylegan.decode(one)
    assert picture.shape == (1, 3, 16, 16)
    coarse = [
        torch.nn.functional.avg_pool2d(stylegan.decode(w) - picture, 8) for w in (first, last)
    ]
    assert coarse[0].norm() > coarse[1].norm()


def test_generators_of_a_batch_are_those_of_each_alone(stylegan: StyleGan) -> None:
    latents = torch.cat([stylegan.sample(seed, 16, 16) for seed in range(3)])
    alone = torch.cat([stylegan.decode(latent[None]) for latent in latents])
    assert torch.allclose(stylegan.decode(latents), alone, atol=1e-5)


def test_discriminator_listens_to_words() -> None:
    torch.manual_seed(0)
    judge = Discriminator(16, 3, 4, 8, words=3)
    pictures, bags = torch.rand(4, 3, 16, 16), torch.eye(3)[[0, 1, 2, 0]]
    assert judge(pictures, bags).shape == (4,)
    assert not torch.allclose(judge(pictures, bags), judge(pictures, bags.roll(1, 0)))
    assert torch.isfinite(judge(pictures[:1], bags[:1])).all()


def test_clip_ignores_what_follows_the_end_of_a_text() -> None:
    torch.manual_seed(0)
    config = ClipConfig(
        embed_dim=8, image_size=32, trunk_width=10, context_length=6, width=8, heads=2, layers=1
    )
    net = Clip(config).eval()
    tokens = torch.tensor([[3572, 320, 3573, 0, 0, 0], [3572, 320, 3573, 7, 8, 9]])
    one, two = net.encode_text(tokens)
    assert torch.allclose(one, two, atol=1e-6)
    assert torch.allclose(one.norm(), torch.tensor(1.0))
    images, texts, _ = net(torch.zeros(2, 3, 32, 32), tokens)
    assert images.shape == texts.shape == (2, 8)


def test_open_clip_loads_the_same_network_and_agrees() -> None:
    library = pytest.importorskip("open_clip")
    config = ClipConfig(
        embed_dim=8, image_size=32, trunk_width=35, context_length=6, width=8, heads=2, layers=1
    )
    torch.manual_seed(0)
    ours, theirs = Clip(config).eval(), library.model.CLIP(**config.open_clip()).eval()
    theirs.load_state_dict(ours.state_dict())
    tokens = torch.tensor([[3572, 320, 1125, 3573, 0, 0]])
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(ours.encode_text(tokens), theirs.encode_text(tokens, normalize=True))
        assert torch.allclose(
            ours.encode_image(picture), theirs.encode_image(picture, normalize=True), atol=1e-6
        )


def test_the_trunk_starts_from_imagenet_weights(shared: Path) -> None:
    from translate.measure.features import load_features

    features = load_features(shared / "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth")
    trunk = MobileNetV2().eval()
    start_from(trunk, features.network.state_dict())
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 3, 1, 1)
    with torch.no_grad():
        made, expected = trunk((picture - mean) / std), features.pooled(picture)
    assert torch.allclose(made, expected, atol=1e-3)


def test_another_trunk_is_refused() -> None:
    with pytest.raises(ValueError, match="another width"):
        start_from(MobileNetV2(0.35), {"features.0.0.weight": torch.ones(1, 3, 3, 3)})
    with pytest.raises(ValueError, match=r"'features\.99\.conv' is no layer"):
        start_from(MobileNetV2(0.35), {"features.99.conv.weight": torch.ones(1)})


def test_folded_norms_are_the_same_function() -> None:
    torch.manual_seed(0)
    trunk = MobileNetV2(0.1)
    picture = torch.rand(2, 3, 32, 32)
    trunk(picture * 3)
    with torch.no_grad():
        expected = trunk.eval()(picture)
        fold_norms(trunk)
        assert torch.allclose(trunk(picture), expected, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in trunk.modules())


@pytest.mark.parametrize(("groups", "stride", "bias"), [(1, 1, True), (8, 2, False)])
def test_a_fused_activation_gives_the_same_picture_and_gradient(
    groups: int, stride: int, bias: bool
) -> None:
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(8, 8, 3, stride, 1, groups=groups, bias=bias).requires_grad_(False)
    conv.weight.mul_(20)
    found = []
    for function in (lambda x: clipped(conv, x), lambda x: F.relu6(conv(x))):
        x = torch.linspace(-2, 2, 2 * 8 * 81).view(2, 8, 9, 9).requires_grad_()
        made = function(x)
        (gradient,) = torch.autograd.grad(made.square().sum(), x)
        found += [made.detach(), gradient]
    made, gradient, wanted, slope = found
    assert 0 < (wanted == 6).sum() < wanted.numel()
    assert torch.allclose(made, wanted, atol=1e-4)
    assert torch.allclose(gradient, slope, rtol=1e-4, atol=1e-3)


def test_what_learns_is_not_fused() -> None:
    conv = torch.nn.Conv2d(3, 3, 1)
    clipped(conv, torch.rand(1, 3, 4, 4)).sum().backward()
    assert conv.weight.grad is not None
