from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file as load_tensors

from translate import Context, Store, WeightsError
from translate_clip.generators import VqganConfig
from translate_clip.latents import open_painter, read_facts
from translate_clip.layouts import diffusers_config, diffusers_tensors, taming_config, taming_keys
from translate_clip.nets.vqgan import Vqgan

VQMODEL = Path(__file__).with_name("data") / "vqmodel"
"""Random weights, written by diffusers 0.42.1's own VQModel, with what it made of an input."""


def test_taming_checkpoint_agrees_with_its_own_implementation(shared: Path, ctx: Context) -> None:
    path = shared / "fixtures/diffusion/vqgan.ckpt"
    expected = load_tensors(path.with_name("vqgan.io.safetensors"))
    painter = open_painter(ctx, str(path))
    with torch.no_grad():
        latent = painter.net.features(expected["input"])
        code = painter.net.encode(expected["input"])
        output = painter.net.decode(code)
    assert torch.allclose(latent, expected["latent"], atol=1e-4)
    assert torch.allclose(code, expected["quantized"], atol=1e-4)
    assert torch.allclose(output, expected["output"], atol=1e-4)
    assert read_facts(Store(), str(path)).multiple_of == 4


@pytest.mark.parametrize("kind", ["vq", "gumbel", "kl"])
def test_settings_are_read_from_keys_and_shapes(kind: str) -> None:
    config = VqganConfig(
        kind=kind, width=32, multipliers=(1, 2, 2), res_blocks=2, attention=(2,), codes=7,
        z_channels=6, embed_dim=5, groups=32,
    )  # fmt: skip
    state = Vqgan(config).state_dict()
    state |= {"loss.discriminator.main.0.weight": torch.empty(1)}
    own = taming_keys(state)
    found = taming_config(Path("x.ckpt"), {k: tuple(v.shape) for k, v in own.items()})
    # A Gaussian has no codes to count.
    assert found == (config.model_copy(update={"codes": 1}) if kind == "kl" else config)


def test_an_autoencoder_inside_a_latent_diffusion_file_is_found() -> None:
    kept = taming_keys(
        {"first_stage_model.encoder.x": 1, "first_stage_model.loss.y": 2, "model.z": 3}
    )
    assert kept == {"encoder.x": 1}


def test_another_network_is_refused_in_words(tmp_path: Path) -> None:
    torch.save({"model.0.weight": torch.ones(2)}, tmp_path / "net.pth")
    with pytest.raises(WeightsError, match=r"encoder\.conv_in\.weight is missing"):
        read_facts(Store(), str(tmp_path / "net.pth"))


def test_a_lightning_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "callbacks": {pytest.Item: 1}}, tmp_path / "last.ckpt")
    with pytest.raises(
        WeightsError, match=r"translate weights convert last\.ckpt last\.safetensors"
    ):
        read_facts(Store(), str(tmp_path / "last.ckpt"))


def test_diffusers_folder_agrees_with_diffusers(ctx: Context) -> None:
    expected = load_tensors(VQMODEL / "io.safetensors")
    painter = open_painter(ctx, str(VQMODEL))
    with torch.no_grad():
        code = painter.net.encode(expected["input"])
        output = painter.net.decode(code)
    assert torch.allclose(code, expected["code"], atol=1e-5)
    assert torch.allclose(output, expected["output"], atol=1e-5)
    assert read_facts(Store(), str(VQMODEL)).multiple_of == 2


def test_attention_becomes_convolutions_and_levels_turn_round() -> None:
    names = {
        "decoder.up_blocks.0.attentions.1.to_out.0.weight": torch.ones(2, 2),
        "decoder.up_blocks.1.resnets.0.conv_shortcut.weight": torch.ones(2, 2, 1, 1),
    }
    renamed = diffusers_tensors(names, levels=2)
    assert renamed["decoder.up.1.attn.1.proj_out.weight"].shape == (2, 2, 1, 1)
    assert "decoder.up.0.block.0.nin_shortcut.weight" in renamed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_class_name": "UNet2DModel"}, "a diffusers UNet2DModel"),
        ({"norm_type": "spatial"}, "norm_type spatial is not known"),
        ({"down_block_types": ["DownBlock3D"]}, "DownBlock3D is not known"),
    ],
)
def test_other_diffusers_models_are_refused(tmp_path: Path, change: object, message: str) -> None:
    config = json.loads((VQMODEL / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match=message):
        diffusers_config(tmp_path / "config.json")
    (tmp_path / "config.json").write_text("[")
    with pytest.raises(WeightsError, match="not a diffusers autoencoder"):
        diffusers_config(tmp_path / "config.json")
