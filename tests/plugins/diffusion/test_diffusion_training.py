from pathlib import Path

import pytest
import torch
from torch import nn

from translate import Batch, TrainContext, UsageError
from translate.measure import psnr
from translate.nn.mobilenet import MobileNetV2
from translate.train.initial import adopt
from translate.weights import Checkpoint, save_file
from translate_diffusion import recipes
from translate_diffusion.nets import color
from translate_diffusion.nets.masks import KINDS, random_masks
from translate_diffusion.stages import colorize, upscale

SMALL = {
    "upscale": recipes.Upscale(width=8, blocks=1, detail_widths=(16,), drop=0.1, rate=3e-3),
    "colorize": recipes.Colorize(widths=(16, 32), rate=3e-3),
    "inpaint": recipes.Inpaint(widths=(16, 32), rate=3e-3),
    "uncrop": recipes.Uncrop(widths=(16, 32), rate=3e-3),
}
SIZE = (32, 32)


def prepared(name):
    torch.manual_seed(0)
    ctx = TrainContext(torch.device("cpu"), size=SIZE)
    return SMALL[name].prepare(ctx), ctx


@pytest.fixture
def batch(picture):
    image = torch.cat([picture(*SIZE, seed=seed) for seed in range(6)])
    return Batch(image, tuple("abcdef"), tuple(range(6)))


def step(training, batch):
    """Step each optimiser once, as the loop does; return the losses by optimiser."""
    found = {}
    for name, loss in training.losses(batch):
        for optimizer in training.optimizers.values():
            optimizer.zero_grad()
        loss.backward()
        training.optimizers[name].step()
        found[name] = loss.item()
    return found


@pytest.mark.parametrize("name", SMALL)
def test_losses_fall_on_pictures_seen_again(name, batch):
    training, _ = prepared(name)
    losses = []
    for _ in range(12):
        torch.manual_seed(1)
        losses.append(step(training, batch))
    assert losses[0].keys() == training.optimizers.keys()
    for optimizer in training.optimizers:
        assert losses[-1][optimizer] < 0.97 * losses[0][optimizer]


@pytest.mark.parametrize("name", ["upscale", "colorize"])
def test_what_was_trained_is_what_the_stage_opens(name, batch, tmp_path, run):
    training, ctx = prepared(name)
    step(training, batch)
    net = training.nets["generator"].eval()
    path = tmp_path / "weights.safetensors"
    save_file(path, net.state_dict(), SMALL[name].config(ctx), {})
    stage = stage_of(name, str(path))
    pair = training.pairs(batch)
    with torch.no_grad():
        expected = training.translate(training.nets, pair).clamp(0, 1)
    made = run(pair.replace(reference=None), stage).image
    torch.testing.assert_close(made, expected, atol=2e-3, rtol=0)


def stage_of(name, weights):
    return {
        "upscale": upscale.Upscale(weights=weights, mode="fidelity", ensemble=False),
        "colorize": colorize.Colorize(weights=weights, vividness=1),
    }[name]


@pytest.fixture
def trunk(tmp_path):
    """Return a file of MobileNetV2 with fresh weights, and the network."""
    torch.manual_seed(0)
    network = MobileNetV2()
    torch.save(network.state_dict(), tmp_path / "mobilenet.pth")
    return str(tmp_path / "mobilenet.pth"), network


def test_a_classifier_guides_the_colours_and_is_not_trained(batch, trunk):
    path, network = trunk
    recipe = recipes.Colorize(widths=(16, 32), rate=3e-3, trunk=path, guide=8)
    training = recipe.prepare(TrainContext(torch.device("cpu"), size=SIZE))
    for _ in range(2):
        step(training, batch)
    model = training.nets["generator"]
    kept = model.guide.trunk.state_dict()
    assert all(torch.equal(value, network.state_dict()[key]) for key, value in kept.items())
    light = color.lightness(batch.image)
    with torch.no_grad():
        guided = model.median(light, model.features(light))
        for parameter in model.guide.laterals.parameters():
            parameter.zero_()
        assert not torch.equal(guided, model.median(light, model.features(light)))


def test_a_painting_is_also_judged_by_its_features(batch, trunk):
    path, network = trunk
    losses = {}
    for name, options in {"plain": {}, "seen": {"perceptual": path}}.items():
        torch.manual_seed(0)
        recipe = recipes.Inpaint(widths=(16, 32), **options)
        training = recipe.prepare(TrainContext(torch.device("cpu"), size=SIZE))
        torch.manual_seed(1)
        losses[name] = step(training, batch)["generator"]
    log = training.log()
    assert log["features"] > 0
    assert losses["plain"] == pytest.approx(log["pixels"], rel=1e-4)
    assert losses["seen"] == pytest.approx(log["pixels"] + 0.2 * log["features"], rel=1e-4)
    kept = training.features.network.state_dict()
    assert all(torch.equal(value, network.state_dict()[key]) for key, value in kept.items())


def test_an_upscaler_sees_pictures_in_all_four_turns(batch):
    training, _ = prepared("upscale")
    with torch.no_grad():
        training.nets["generator"].encoder.tail.weight.normal_(std=0.1)
    found = set()
    for seed in range(24):
        torch.manual_seed(seed)
        list(training.losses(batch))
        found.add(round(training.log()["l1"], 5))
    assert len(found) == 4


@pytest.mark.parametrize("name", SMALL)
def test_held_out_pictures_are_spoilt_the_same_way_each_time(name, batch):
    training, _ = prepared(name)
    one, other = training.pairs(batch), training.pairs(batch)
    assert one.image.equal(other.image)
    assert one.reference.equal(batch.image)


def degrading(*pipelines):
    """Return an upscaler's training whose pipelines are `known` ones."""
    known = {
        "identity": lambda batch: batch,
        "dark": lambda batch: batch.replace(image=batch.image / 2),
        "half": lambda batch: batch.replace(image=batch.image[..., ::2, ::2]),
    }
    recipe = recipes.Upscale(width=8, blocks=1, detail_widths=(16,), degrade=pipelines)
    ctx = TrainContext(torch.device("cpu"), size=SIZE, pipeline=known.__getitem__)
    return recipe.prepare(ctx), recipe.config(ctx)


def test_each_small_picture_meets_one_of_the_pipelines_that_spoil_it(batch):
    clean = prepared("upscale")[0].pairs(batch).image
    spoilt = degrading("identity", "dark")[0].pairs(batch).image
    halves = torch.cat([picture / (1 + seed % 2) for seed, picture in enumerate(clean.split(1))])
    torch.testing.assert_close(spoilt, halves, atol=1 / 254, rtol=0)


def test_what_learned_to_mend_need_not_agree_with_its_input(batch):
    training, config = degrading("dark")
    assert not config["exact"]
    pair = training.pairs(batch)
    bright = nn.Parameter(torch.full_like(training.nets["generator"].encoder.tail.bias, 0.4))
    training.nets["generator"].encoder.tail.bias = bright
    with torch.no_grad():
        made = training.translate(training.nets, pair)
    assert (made.mean() - pair.image.mean()).item() == pytest.approx(0.4, abs=0.05)


def test_a_pipeline_that_changes_the_size_is_refused_by_name(batch):
    with pytest.raises(UsageError, match="'half' changes the size"):
        degrading("half")[0].pairs(batch)


def test_one_pipeline_needs_no_brackets():
    assert recipes.Upscale(degrade="blur radius=1").degrade == ("blur radius=1",)


def test_a_fresh_upscaler_is_bicubic_made_to_agree(batch):
    training, _ = prepared("upscale")
    pair = training.pairs(batch)
    with torch.no_grad():
        made = training.translate(training.nets, pair)
    again = torch.nn.functional.interpolate(made, (8, 8), mode="bicubic", antialias=True)
    assert psnr(again.clamp(0, 1), pair.image).min() > 45


def test_a_deeper_encoder_starts_where_a_shallower_one_ended(batch):
    training, ctx = prepared("upscale")
    for _ in range(3):
        step(training, batch)
    shallow = training.nets["generator"]
    deep = SMALL["upscale"].model_copy(update={"blocks": 3}).prepare(ctx).nets["generator"]
    adopt(deep, Checkpoint(Path("shallow.safetensors"), shallow.state_dict()))
    with torch.no_grad():
        assert deep.encoder(batch.image)[1].equal(shallow.encoder(batch.image)[1])


def test_a_fresh_colouriser_measures_as_gray(batch):
    training, _ = prepared("colorize")
    with torch.no_grad():
        measured = training.measure(training.nets, batch)
    assert measured["ab_error_to_gray"] == pytest.approx(1, abs=1e-3)
    assert measured["chroma_to_truth"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_holes_leave_most_of_the_picture(kind):
    masks = random_masks(20, 64, 96, (kind,), torch.Generator().manual_seed(0))
    assert masks.shape == (20, 1, 64, 96)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    shares = masks.mean((1, 2, 3))
    assert shares.min() > 0.005
    assert shares.max() < 0.6


def test_recipes_refuse_options_that_are_not_theirs():
    with pytest.raises(ValueError, match="masks"):
        recipes.Inpaint(masks=("circles",))
