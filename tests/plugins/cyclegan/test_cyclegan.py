"""CycleGAN: both directions in one file, cycle errors, official files, and the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from translate import Batch, Context, Store, TrainContext, WeightsError
from translate.nn.gan.kinds import KINDS
from translate.nn.gan.resnet import ResnetGenerator
from translate.testing import conform
from translate.weights import save_file
from translate_cyclegan.recipe import CycleGANRecipe
from translate_cyclegan.stage import CycleGAN

GENERATORS = {kind.name: kind for kind in KINDS}
CPU = torch.device("cpu")
TINY = {
    "generator_config": {"blocks": 1},
    "ngf": 4,
    "ndf": 4,
    "discriminator": "n_layers",
    "n_layers": 1,
    "init": "xavier",
    "init_gain": 1.0,
    "lr": 5e-3,
}


def context(channels: tuple[int, int] = (3, 3)) -> TrainContext:
    return TrainContext(CPU, GENERATORS, channels=channels, size=(16, 16))


def loaded(stage: CycleGAN):
    return stage.load(Context(CPU, torch.float32, Store(), GENERATORS))


def folders(channels: int = 3) -> Batch:
    source = torch.Generator().manual_seed(0)
    a = torch.rand(2, channels, 16, 16, generator=source)
    b = torch.rand(2, channels, 16, 16, generator=source) ** 3
    return Batch(a, ("a", "b"), (1, 2), reference=b)


@pytest.fixture
def both(learn, tmp_path: Path) -> Path:
    """Weights with both generators, after a step of training."""
    torch.manual_seed(0)
    recipe = CycleGANRecipe(**TINY)
    training = recipe.prepare(context())
    learn(training, folders(), 1)
    path = tmp_path / "weights.safetensors"
    save_file(path, training.nets["generator"].state_dict(), recipe.config(context()), {})
    return path


@pytest.fixture
def official(tmp_path: Path) -> tuple[str, str]:
    """The two files that the reference saves."""
    paths = []
    for seed, side in enumerate("AB"):
        torch.manual_seed(seed)
        path = tmp_path / f"latest_net_G_{side}.pth"
        torch.save(ResnetGenerator(blocks=1, ngf=4).state_dict(), path)
        paths.append(str(path))
    return paths[0], paths[1]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gan_mode": "wgangp", "discriminator": "pixel", "pool": 2},
        {"gan_mode": "vanilla", "lambda_identity": 0},
        {"generator": "unet-128", "generator_config": {"num_downs": 3}},
    ],
    ids=str,
)
def test_it_learns_to_come_back(learn, settings) -> None:
    torch.manual_seed(0)
    training = CycleGANRecipe(**{**TINY, **settings}).prepare(context())
    batch = folders()
    assert learn(training, batch, 1) == ["generator", "discriminator"]
    before = training.log()["cycle_a"]
    learn(training, batch, 20)
    assert training.log()["cycle_a"] < 0.85 * before
    assert ("identity_a" in training.log()) == (settings.get("lambda_identity", 1) > 0)


def test_the_pools_are_part_of_the_state(learn) -> None:
    training = CycleGANRecipe(**TINY, pool=3).prepare(context())
    learn(training, folders(), 1)
    assert set(training.state) == {"pool_a", "pool_b"}
    assert len(training.state["pool_b"].state_dict()["pictures"]) == 2


def test_it_measures_the_way_back_on_held_out_pictures() -> None:
    training = CycleGANRecipe(**TINY).prepare(context())
    training.nets.eval()
    with torch.no_grad():
        measured = training.measure(training.nets, folders())
    assert 0 < measured["cycle_error"] < 1


def test_a_gray_folder_beside_a_colourful_one_is_taken_as_colour(learn) -> None:
    recipe = CycleGANRecipe(**TINY)
    batch = folders().replace(image=folders(1).image)
    training = recipe.prepare(context((1, 3)))
    learn(training, batch, 1)
    assert recipe.config(context((1, 3)))["generator_config"]["in_channels"] == 3
    assert training.translate(training.nets, batch).shape == (2, 3, 16, 16)


def test_gray_is_translated_as_gray(learn) -> None:
    training = CycleGANRecipe(**TINY).prepare(context((1, 1)))
    learn(training, folders(1), 1)
    assert training.translate(training.nets, folders(1)).shape == (2, 1, 16, 16)


def test_what_is_trained_runs_both_ways(both: Path) -> None:
    batch = folders()
    there = loaded(CycleGAN(weights=str(both)))(batch).image
    back = loaded(CycleGAN(weights=str(both), direction="b2a"))(batch).image
    assert there.shape == back.shape == batch.image.shape
    assert (there - back).abs().max() > 1e-3


def test_it_keeps_the_promises(both: Path) -> None:
    for stage in (
        CycleGAN(weights=str(both)),
        CycleGAN(weights=str(both), direction="b2a", report="error", show="heatmap"),
    ):
        conform(stage, generators=GENERATORS)


def test_the_error_is_that_of_going_there_and_back(both: Path) -> None:
    batch = folders()
    there = loaded(CycleGAN(weights=str(both)))(batch).image.clamp(0, 1)
    returned = loaded(CycleGAN(weights=str(both), direction="b2a"))(batch.replace(image=there))
    wanted = (returned.image.clamp(0, 1) - batch.image).abs().mean((1, 2, 3))
    told = loaded(CycleGAN(weights=str(both), report="error"))(batch)
    assert told.info is not None
    torch.testing.assert_close(
        torch.tensor([row["cycle_error"] for row in told.info]), wanted, atol=1e-4, rtol=0
    )
    torch.testing.assert_close(told.image.clamp(0, 1), there)
    shown = loaded(CycleGAN(weights=str(both), show="cycle"))(batch)
    torch.testing.assert_close(shown.image, returned.image, atol=1e-5, rtol=0)
    warm = loaded(CycleGAN(weights=str(both), show="heatmap"))(batch).image
    assert warm.shape == batch.image.shape
    assert warm[:, 0].mean() > warm[:, 2].mean()


def test_official_files_are_one_way_each(official: tuple[str, str]) -> None:
    first, second = official
    batch = folders()
    assert CycleGAN(weights=first).contract(Store()).multiple_of == 4
    for direction in ("a2b", "b2a"):  # such a file has but one
        made = loaded(CycleGAN(weights=first, direction=direction))(batch).image
        assert made.shape == batch.image.shape
    with pytest.raises(WeightsError, match="hold one direction only: name the other's with"):
        CycleGAN(weights=first, report="error").contract(Store())
    stage = CycleGAN(weights=first, inverse=second, report="error")
    assert stage.contract(Store()).weights == (first, second)
    told = loaded(stage)(batch)
    assert told.info is not None
    assert told.info[0]["cycle_error"] > 0
