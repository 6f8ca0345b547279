"""The stage: contracts read from headers, weights of every origin, any batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import translate_pix2pix
from translate import Batch, Context, Generator, GeneratorConfig, Store, WeightsError
from translate.nn.gan.lab import join_lab, split_lab
from translate.nn.gan.resnet import ResnetGenerator
from translate.nn.gan.unet import UNetGenerator
from translate.testing import conform
from translate.weights import save_file
from translate_pix2pix.stage import Pix2Pix

GENERATORS = {kind.name: kind for kind in translate_pix2pix.register_generators()}
CPU = torch.device("cpu")


def context(generators=GENERATORS) -> Context:
    return Context(CPU, torch.float32, Store(), generators)


def pictures(count: int = 3, channels: int = 3, size: int = 32) -> Batch:
    keys = tuple(f"{n}.png" for n in range(count))
    image = torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(0))
    return Batch(image, keys, tuple(range(count)))


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """A U-Net with batch norm as the reference saves it."""
    torch.manual_seed(0)
    net = UNetGenerator(num_downs=5, ngf=4)
    net(torch.randn(4, 3, 64, 64))  # gives it running statistics
    path = tmp_path / "latest_net_G.pth"
    torch.save(net.state_dict(), path)
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """Weights as `translate train` writes them."""
    torch.manual_seed(0)
    settings = {"ngf": 4, "norm": "none", "blocks": 1}
    net = ResnetGenerator(blocks=1, ngf=4, norm="none")
    path = tmp_path / "weights.safetensors"
    config = {"generator": "resnet-9", "generator_config": settings}
    save_file(path, {k: v.half() for k, v in net.state_dict().items()}, config, {})
    return path


def test_the_contract_of_an_official_file(official: Path) -> None:
    contract = Pix2Pix(weights=str(official)).contract(Store())
    assert contract.multiple_of == 32
    assert contract.channels == (3,)
    assert contract.channels_out == 3
    assert contract.halo is None
    assert contract.weights == (str(official),)


def test_the_contract_of_our_weights(ours: Path) -> None:
    stage = Pix2Pix(weights=str(ours))
    contract = stage.contract(Store())
    assert contract.multiple_of == 4
    assert contract.halo is not None  # no norm: a picture may be cut into tiles
    seeded = Pix2Pix(weights=str(ours), dropout="seeded").contract(Store())
    assert seeded.halo is None


def test_contracts_never_import_torch(official: Path, ours: Path) -> None:
    code = (
        "import sys, translate; from translate_pix2pix import stage;"
        "[stage.Pix2Pix(weights=w).contract(translate.Store()) for w in sys.argv[1:]];"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(official), str(ours)], check=True)


def test_gray_goes_in_and_colour_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "gray.pth"
    torch.save(ResnetGenerator(1, 3, blocks=1, ngf=4).state_dict(), path)
    stage = Pix2Pix(weights=str(path))
    assert stage.contract(Store()).channels == (1, 3)
    run = stage.load(context())
    gray = pictures(channels=1)
    made = run(gray).image
    assert made.shape == (3, 3, 32, 32)
    colour = gray.replace(image=gray.image.expand(-1, 3, -1, -1))
    torch.testing.assert_close(run(colour).image, made, atol=1e-4, rtol=0)


def test_an_official_colouriser_works_in_lab(tmp_path: Path) -> None:
    path = tmp_path / "color.pth"
    net = ResnetGenerator(1, 2, blocks=1, ngf=4)
    torch.save(net.state_dict(), path)
    stage = Pix2Pix(weights=str(path))
    assert stage.contract(Store()).channels_out == 3
    batch = pictures(2)
    made = stage.load(context())(batch).image
    lightness, _ = split_lab(batch.image)
    with torch.no_grad():
        torch.testing.assert_close(made, join_lab(lightness, net(lightness)), atol=1e-3, rtol=0)


def test_it_keeps_the_promises(ours: Path, official: Path) -> None:
    conform(Pix2Pix(weights=str(ours)), generators=GENERATORS)
    conform(Pix2Pix(weights=str(official), dropout="seeded"), generators=GENERATORS)


def test_official_files_are_run_as_their_test_script_does(official: Path) -> None:
    """Batch norm takes the statistics of each picture, in a batch too."""
    net = UNetGenerator(num_downs=5, ngf=4, dropout=False)
    net.load_state_dict(torch.load(official, weights_only=True))
    batch = pictures(3)
    with torch.no_grad():
        singles = [net.train()(one * 2 - 1) for one in torch.split(batch.image, 1)]
    made = Pix2Pix(weights=str(official)).load(context())(batch).image
    torch.testing.assert_close(made, torch.cat(singles) / 2 + 0.5, atol=1e-5, rtol=0)


def test_running_statistics_are_the_evaluation_mode(official: Path) -> None:
    net = UNetGenerator(num_downs=5, ngf=4, dropout=False)
    net.load_state_dict(torch.load(official, weights_only=True))
    batch = pictures(2)
    with torch.no_grad():
        wanted = net.eval()(batch.image * 2 - 1) / 2 + 0.5
    made = Pix2Pix(weights=str(official), stats="running").load(context())(batch).image
    torch.testing.assert_close(made, wanted, atol=1e-5, rtol=0)


def test_a_seed_is_a_variant(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save(ResnetGenerator(blocks=1, ngf=8, norm="batch", dropout=True).state_dict(), path)
    run = Pix2Pix(weights=str(path), dropout="seeded").load(context())
    batch = pictures(1)
    first, again = run(batch).image, run(batch).image
    assert torch.equal(first, again)
    assert not torch.allclose(first, run(batch.replace(seeds=(77,))).image, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("model.1.weight"), r"'model\.1\.weight' is missing"),
        (lambda s: s.pop("model.5.bias"), r"looks like a ResNet of 1 blocks .* is missing"),
        (lambda s: s.update({"extra": torch.zeros(1, 2)}), r"whose extra is unknown"),
        (
            lambda s: s.update({"model.4.weight": torch.zeros(8, 4, 5, 5)}),
            r"model\.4\.weight has shape \(8, 4, 5, 5\) instead of \(8, 4, 3, 3\)",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_told(tmp_path: Path, change, said: str) -> None:
    state = dict(ResnetGenerator(blocks=1, ngf=4).state_dict())
    state["model.5.bias"] = torch.zeros(8)
    if "model.5" not in said and "looks" not in said:
        del state["model.5.bias"]
    else:
        del state["model.4.bias"]
    change(state)
    path = tmp_path / "changed.pth"
    torch.save(state, path)
    with pytest.raises(WeightsError, match=said):
        Pix2Pix(weights=str(path)).load(context())


def test_channels_that_no_picture_has_are_told(tmp_path: Path) -> None:
    path = tmp_path / "six.pth"
    torch.save(ResnetGenerator(6, 3, blocks=1, ngf=2).state_dict(), path)
    with pytest.raises(WeightsError, match=r"turn 6 channels into 3; .* have 1 or 3"):
        Pix2Pix(weights=str(path)).contract(Store())


class Config(GeneratorConfig):
    width: int = 4


def build_own(config: Config) -> torch.nn.Module:
    return torch.nn.Conv2d(config.in_channels, config.out_channels, 1)


OWN = Generator("own", Config, build_own, value_range=(0.0, 1.0))


def test_any_registered_generator_can_be_run(tmp_path: Path) -> None:
    net = build_own(Config())
    path = tmp_path / "own.safetensors"
    config = {"generator": "own", "generator_config": {"width": 9}, "multiple_of": 1, "halo": 0}
    save_file(path, net.state_dict(), config, {})
    stage = Pix2Pix(weights=str(path))
    assert (stage.contract(Store()).multiple_of, stage.contract(Store()).halo) == (1, 0)
    batch = pictures()
    with torch.no_grad():
        made = stage.load(context({"own": OWN}))(batch).image
        torch.testing.assert_close(made, net(batch.image), atol=1e-5, rtol=1e-4)
    with pytest.raises(WeightsError, match="needs generator 'own', which no plugin has"):
        stage.load(context())


def test_settings_that_do_not_fit_the_generator_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    config = {"generator": "own", "generator_config": {"width": "wide"}}
    save_file(path, build_own(Config()).state_dict(), config, {})
    with pytest.raises(WeightsError, match="do not fit generator 'own': width: "):
        Pix2Pix(weights=str(path)).load(context({"own": OWN}))
