"""Against outputs of the reference implementation, for every checkpoint in its layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file as load_tensors

from translate.nn.gan.fuse import optimize
from translate.nn.gan.kinds import KINDS
from translate.nn.gan.load import load_generator
from translate.nn.gan.perimage import use_own_statistics
from translate.weights import load_file

GENERATORS = {kind.name: kind for kind in KINDS}
NAMES = [
    "resnet6_batch_module",
    "resnet9_instance",
    "resnet9_instance_dropout",
    "resnet9_instance_legacy",
    "unet128_instance_gray",
    "unet256_batch",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stats", ["eval", "per_image"])
def test_outputs_are_the_references(shared: Path, name: str, stats: str) -> None:
    folder = shared / "fixtures" / "gan"
    io = load_tensors(folder / f"{name}.io.safetensors")
    for fast in (False, True):
        loaded = load_generator(load_file(folder / f"{name}.pth"), GENERATORS)
        net = loaded.net
        if stats == "per_image":
            use_own_statistics(net)
        if fast:
            net = optimize(net, "cpu", torch.float32)
        with torch.no_grad():
            made = net(io["input"])
        torch.testing.assert_close(made, io[stats], atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_the_manifests(shared: Path, name: str) -> None:
    folder = shared / "fixtures" / "gan"
    truth = json.loads((folder / "manifest.json").read_text())[name]
    loaded = load_generator(load_file(folder / f"{name}.pth"), GENERATORS)
    config = loaded.config.model_dump()
    assert config["norm"] == truth["norm"]
    assert config["ngf"] == truth["ngf"]
    assert (config["in_channels"], config["out_channels"]) == (
        truth["input_nc"],
        truth["output_nc"],
    )
    if name.startswith("resnet"):
        assert config["dropout"] == truth["dropout"]
        assert truth["netG"] == f"resnet_{config['blocks']}blocks"
    else:
        assert truth["netG"] == f"unet_{2 ** config['num_downs']}"
    assert sum(p.numel() for p in loaded.net.parameters()) == truth["params"]
