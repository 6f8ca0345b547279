import pytest
import torch
from safetensors.torch import load_file

from translate.errors import WeightsError
from translate.nn.diffusion.published.checkpoint import read_published
from translate.nn.diffusion.samplers import ddim
from translate.nn.diffusion.schedules import spaced

OPTIONS = {"palette_network.pth": {"head_channels": 16}, "sr3_gen.pth": {"norm_groups": 8}}


def opened(shared, name):
    tensors = torch.load(shared / "fixtures/diffusion" / name, weights_only=True)
    tensors = tensors.get("state_dict", tensors)
    tensors = tensors.get("model", tensors)
    stem = name.split(".")[0]
    found = load_file(shared / "fixtures/diffusion" / f"{stem}.io.safetensors")
    return tensors, found


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "noisy", "level"),
    [("palette_network.pth", "y_t", "gamma"), ("sr3_gen.pth", "x_t", "level")],
)
def test_palette_and_sr3_say_what_the_reference_says(shared, name, noisy, level):
    tensors, known = opened(shared, name)
    net = read_published(tensors, **OPTIONS[name]).net.eval()
    seen = torch.cat([known["cond"], known[noisy]], 1)
    torch.testing.assert_close(net(seen, known[level][:, 0]), known["out"], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_srdiff_and_its_encoder_say_what_the_reference_says(shared):
    tensors, known = opened(shared, "srdiff.ckpt")
    published = read_published(tensors)
    features, large = published.encoder(known["lr"])
    torch.testing.assert_close(features, known["cond"], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(large, known["rrdb_out"], atol=1e-4, rtol=1e-4)
    out = published.net(known["x_t"], known["t"], known["cond"])
    torch.testing.assert_close(out, known["out"], atol=1e-4, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("name", ["palette_network.pth", "sr3_gen.pth"])
def test_a_published_schedule_is_walked_in_fewer_steps(shared, name):
    tensors, known = opened(shared, name)
    published = read_published(tensors, **OPTIONS[name])
    asked = []
    model = published.denoiser(known["cond"])

    def counted(x, sigma):
        asked.append(sigma[0].item())
        return model(x, sigma)

    sigmas = spaced(published.sigmas, 5)
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * sigmas[0]
    made = ddim(counted, x, sigmas)
    assert len(asked) == 5
    assert made.abs().max() <= 1


def test_a_file_of_no_known_layout_is_refused():
    with pytest.raises(WeightsError, match="SR3, Palette or SRDiff"):
        read_published({"conv.weight": torch.zeros(1)})


def test_a_missing_tensor_is_named(shared):
    tensors, _ = opened(shared, "sr3_gen.pth")
    del tensors["denoise_fn.mid.1.res_block.block2.block.3.weight"]
    with pytest.raises(WeightsError, match=r"lacks .*mid\.1\.res_block\.block2"):
        read_published(tensors, norm_groups=8)


def test_an_unknown_tensor_is_named(shared):
    tensors, _ = opened(shared, "palette_network.pth")
    tensors["denoise_fn.extra.weight"] = torch.zeros(1)
    with pytest.raises(WeightsError, match=r"denoise_fn\.extra"):
        read_published(tensors, head_channels=16)
