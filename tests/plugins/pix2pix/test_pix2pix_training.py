"""The recipe: it learns, in every setting, and what it writes the stage reads back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import translate_pix2pix
from translate import Batch, Context, Generator, GeneratorConfig, Store, TrainContext, UsageError
from translate.weights import save_file
from translate_pix2pix.recipe import Pix2PixRecipe
from translate_pix2pix.stage import Pix2Pix

GENERATORS = {kind.name: kind for kind in translate_pix2pix.register_generators()}
CPU = torch.device("cpu")
TINY = {
    "generator": "resnet-6",
    "generator_config": {"blocks": 1},
    "ngf": 4,
    "ndf": 4,
    "discriminator": "n_layers",
    "n_layers": 1,
    "init": "xavier",
    "init_gain": 1.0,
    "lr": 5e-3,
}


def context(channels: tuple[int, int] = (3, 3), generators=GENERATORS) -> TrainContext:
    return TrainContext(CPU, generators, channels=channels, size=(16, 16))


def pairs(channels: tuple[int, int] = (3, 3)) -> Batch:
    source = torch.Generator().manual_seed(0)
    image = torch.rand(2, channels[0], 16, 16, generator=source)
    target = 1 - image.mean(1, keepdim=True).expand(-1, channels[1], -1, -1)
    return Batch(image, ("a", "b"), (1, 2), reference=target)


def error(training, batch: Batch) -> float:
    training.nets.eval()
    with torch.no_grad():
        made = training.translate(training.nets, batch)
    training.nets.train()
    return (made - batch.reference).abs().mean().item()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gan_mode": "lsgan", "norm": "instance"},
        {"gan_mode": "wgangp", "norm": "none", "discriminator": "pixel"},
        {"generator": "unet-128", "generator_config": {"num_downs": 3}, "norm": "instance"},
    ],
    ids=str,
)
def test_it_learns_a_batch_by_heart(learn, settings) -> None:
    torch.manual_seed(0)
    training = Pix2PixRecipe(**{**TINY, **settings}).prepare(context())
    batch = pairs()
    before = learn(training, batch, 1), training.log()["g_l1"]
    assert before[0] == ["discriminator", "generator"]
    learn(training, batch, 25)
    assert training.log()["g_l1"] < 0.7 * before[1]
    assert set(training.log()) == {"d_real", "d_fake", "g_gan", "g_l1"}


@pytest.mark.parametrize("channels", [(1, 3), (3, 1)])
def test_channels_are_those_of_the_data(learn, channels) -> None:
    recipe = Pix2PixRecipe(**TINY)
    training = recipe.prepare(context(channels))
    learn(training, pairs(channels), 1)
    config = recipe.config(context(channels))["generator_config"]
    assert (config["in_channels"], config["out_channels"]) == channels


@pytest.mark.parametrize(
    "settings",
    [
        {"norm": "instance"},
        {"norm": "batch"},
        {"preset": "lab", "norm": "instance"},
        {"generator": "unet-128", "generator_config": {"num_downs": 3, "dropout": True}},
    ],
    ids=str,
)
def test_what_is_trained_runs_without_a_flag(learn, tmp_path: Path, settings) -> None:
    torch.manual_seed(0)
    recipe = Pix2PixRecipe(**{**TINY, **settings})
    training = recipe.prepare(context())
    batch = pairs()
    learn(training, batch, 2)
    path = tmp_path / "weights.safetensors"
    save_file(path, training.nets["generator"].state_dict(), recipe.config(context()), {})
    stage = Pix2Pix(weights=str(path))
    contract = stage.contract(Store())
    assert contract.channels_out == 3
    assert contract.multiple_of == recipe.config(context())["multiple_of"]
    training.nets.eval()
    with torch.no_grad():
        wanted = training.translate(training.nets, batch)
        made = stage.load(Context(CPU, torch.float32, Store(), GENERATORS))(batch).image
    torch.testing.assert_close(made.clamp(0, 1), wanted, atol=2e-4, rtol=0)


def test_lab_keeps_the_lightness() -> None:
    torch.manual_seed(0)
    recipe = Pix2PixRecipe(**{**TINY, "preset": "lab", "norm": "none", "init_gain": 0.1})
    training = recipe.prepare(context())
    gray = pairs().image.mean(1, keepdim=True)
    made = training.translate(training.nets, pairs().replace(image=gray))
    luma = (made * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(luma, gray, atol=0.02, rtol=0)


def test_the_learning_rate_and_moments_are_adams() -> None:
    training = Pix2PixRecipe(**TINY, beta1=0.3).prepare(context())
    group = training.optimizers["generator"].param_groups[0]
    assert (group["lr"], group["betas"]) == (5e-3, (0.3, 0.999))


def test_wishes_go_only_to_generators_that_have_them(learn) -> None:
    class Config(GeneratorConfig):
        width: int = 4

    def build(config: Config) -> torch.nn.Module:
        return torch.nn.Conv2d(config.in_channels, config.out_channels, 1)

    own = Generator("own", Config, build, value_range=(0.0, 1.0), halo=lambda config: 0)
    ctx = context(generators={"own": own})
    recipe = Pix2PixRecipe(generator="own", generator_config={"width": 7}, discriminator="pixel")
    learn(recipe.prepare(ctx), pairs(), 1)
    config = recipe.config(ctx)
    assert config["generator_config"] == {"in_channels": 3, "out_channels": 3, "width": 7}
    assert (config["multiple_of"], config["halo"]) == (1, 0)


def test_pictures_that_the_networks_cannot_take_are_told() -> None:
    with pytest.raises(UsageError, match=r"16 x 16 pixels do not fit generator 'unet-256', .* 256"):
        Pix2PixRecipe().prepare(context())
    with pytest.raises(UsageError, match="too small for a discriminator of 3 layers"):
        Pix2PixRecipe(**{**TINY, "discriminator": "basic"}).prepare(context())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"generator": "unet-265"}, "no generator 'unet-265', did you mean 'unet-256'"),
        ({"generator_config": {"depth": 3}}, "do not fit generator 'unet-256': depth: "),
        ({"generator_config": {"num_downs": 1}}, "num_downs: .* greater than or equal to 2"),
    ],
)
def test_a_wrong_choice_is_told(settings, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Pix2PixRecipe(**settings).prepare(context())
