"""What an autoencoder's file is: read from keys and shapes, or from a diffusers config.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from translate.errors import WeightsError
from translate_clip.generators import VqganConfig

if TYPE_CHECKING:
    from torch import Tensor

DIFFUSERS_FILE = "diffusion_pytorch_model.safetensors"
_DROPPED = ("loss.", "model_ema.")
_UNIT = re.compile(r"(encoder\.down|decoder\.up)\.(\d+)\.(block|attn)\.(\d+)\.")
_BLOCKS = {
    "encoder": ("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
    "decoder": ("UpDecoderBlock2D", "AttnUpDecoderBlock2D"),
}


_T = TypeVar("_T")


def taming_keys(tensors: Mapping[str, _T]) -> dict[str, _T]:
    """Return the autoencoder's own entries: discriminator, LPIPS and the like are dropped."""
    prefix = "first_stage_model."
    if any(key.startswith(prefix) for key in tensors):
        tensors = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    return {k: v for k, v in tensors.items() if not k.startswith(_DROPPED)}


def taming_config(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> VqganConfig:
    """Return the settings of a taming-transformers file, read from its keys and shapes.

    The number of GroupNorm groups leaves no trace in a file; there it is always 32.

    Raises:
        WeightsError: no such autoencoder.
    """
    try:
        return _taming_config(shapes)
    except (KeyError, ValueError) as error:
        raise WeightsError(
            f"{path}: no autoencoder in taming-transformers' layout ({error.args[0]} is missing); "
            "clip stages read such files, diffusers folders, and what 'translate train' made"
        ) from None


def _taming_config(shapes: Mapping[str, tuple[int, ...]]) -> VqganConfig:
    width, channels_in = shapes["encoder.conv_in.weight"][:2]
    units = [match.groups() for key in shapes if (match := _UNIT.match(key))]
    down = [(int(i), kind, int(j)) for net, i, kind, j in units if net == "encoder.down"]
    if not down:
        raise ValueError("encoder.down")
    levels = 1 + max(i for i, _, _ in down)
    z = shapes["decoder.conv_in.weight"][1]
    kind, codes, embed = _bottleneck(shapes, z)
    return VqganConfig(
        in_channels=channels_in,
        out_channels=shapes["decoder.conv_out.weight"][0],
        kind=kind,
        width=width,
        multipliers=tuple(
            shapes[f"encoder.down.{i}.block.0.conv1.weight"][0] // width for i in range(levels)
        ),
        res_blocks=1 + max(j for _, block, j in down if block == "block"),
        attention=tuple(sorted({i for i, block, _ in down if block == "attn"})),
        middle_attention="encoder.mid.attn_1.q.weight" in shapes,
        z_channels=z,
        embed_dim=embed,
        codes=codes,
        groups=32,
        quant_conv="post_quant_conv.weight" in shapes,
    )


def _bottleneck(shapes: Mapping[str, tuple[int, ...]], z: int) -> tuple[Any, int, int]:
    """Return kind, entries of the codebook, and channels of the latent."""
    for kind, key in ("vq", "quantize.embedding.weight"), ("gumbel", "quantize.embed.weight"):
        if key in shapes:
            codes, embed = shapes[key]
            return kind, codes, embed
    if shapes["encoder.conv_out.weight"][0] != 2 * z:
        raise KeyError("quantize.embedding.weight")
    return "kl", 1, shapes.get("post_quant_conv.weight", (z, z))[1]


def diffusers_folder(path: Path) -> Path | None:
    """Return the config.json of the diffusers folder that a weights file lies in, if it does."""
    config = path.parent / "config.json"
    return config if path.name == DIFFUSERS_FILE and config.is_file() else None


def diffusers_config(path: Path) -> VqganConfig:
    """Return the settings that a diffusers `VQModel` or `AutoencoderKL` config.json states.

    Raises:
        WeightsError: unreadable, another class, or a variant that is not known here.
    """
    try:
        given = json.loads(path.read_text())
        kind = {"VQModel": "vq", "AutoencoderKL": "kl"}.get(given["_class_name"])
        if kind is None:
            raise WeightsError(
                f"{path}: a diffusers {given['_class_name']}; only VQModel and AutoencoderKL "
                "are read"
            )
        _refuse_variants(path, given)
        return _from_diffusers(given, kind)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path}: not a diffusers autoencoder's config ({error})") from error


def _refuse_variants(path: Path, given: Mapping[str, Any]) -> None:
    blocks = {
        "encoder": given.get("down_block_types", ["DownEncoderBlock2D"]),
        "decoder": given.get("up_block_types", ["UpDecoderBlock2D"]),
    }
    odd = [b for net, types in blocks.items() for b in types if b not in _BLOCKS[net]]
    norm = given.get("norm_type", "group")
    if norm not in ("group", None):
        odd.append(f"norm_type {norm}")
    if odd:
        raise WeightsError(f"{path}: {odd[0]} is not known here")


def _from_diffusers(given: Mapping[str, Any], kind: Any) -> VqganConfig:
    widths = given.get("block_out_channels", [64])
    types = given.get("down_block_types", ["DownEncoderBlock2D"])
    z = given.get("latent_channels", 4 if kind == "kl" else 3)
    return VqganConfig(
        in_channels=given.get("in_channels", 3),
        out_channels=given.get("out_channels", 3),
        kind=kind,
        width=widths[0],
        multipliers=tuple(width // widths[0] for width in widths),
        res_blocks=given.get("layers_per_block", 1),
        attention=tuple(i for i, name in enumerate(types) if name.startswith("Attn")),
        middle_attention=given.get("mid_block_add_attention", True),
        z_channels=z,
        embed_dim=given.get("vq_embed_dim") or z,
        codes=given.get("num_vq_embeddings", 256),
        groups=given.get("norm_num_groups", 32),
        quant_conv=given.get("use_post_quant_conv", True),
    )


_RENAMES = (
    (r"\.down_blocks\.(\d+)\.resnets\.(\d+)\.", r".down.\1.block.\2."),
    (r"\.down_blocks\.(\d+)\.attentions\.(\d+)\.", r".down.\1.attn.\2."),
    (r"\.down_blocks\.(\d+)\.downsamplers\.0\.", r".down.\1.downsample."),
    (r"\.up_blocks\.(\d+)\.resnets\.(\d+)\.", r".up.\1.block.\2."),
    (r"\.up_blocks\.(\d+)\.attentions\.(\d+)\.", r".up.\1.attn.\2."),
    (r"\.up_blocks\.(\d+)\.upsamplers\.0\.", r".up.\1.upsample."),
    (r"\.mid_block\.resnets\.0\.", ".mid.block_1."),
    (r"\.mid_block\.resnets\.1\.", ".mid.block_2."),
    (r"\.mid_block\.attentions\.0\.", ".mid.attn_1."),
    (r"\.conv_shortcut\.", ".nin_shortcut."),
    (r"\.conv_norm_out\.", ".norm_out."),
    (r"\.group_norm\.", ".norm."),
    (r"\.(?:to_q|query)\.", ".q."),
    (r"\.(?:to_k|key)\.", ".k."),
    (r"\.(?:to_v|value)\.", ".v."),
    (r"\.(?:to_out\.0|proj_attn)\.", ".proj_out."),
)


def diffusers_tensors(tensors: Mapping[str, Tensor], levels: int) -> dict[str, Tensor]:
    """Return a diffusers autoencoder's tensors under taming-transformers' names.

    There, `up_blocks.0` is the lowest resolution, and attention is linear, not 1 x 1 convolutions.
    """
    renamed = {}
    for key, tensor in tensors.items():
        for pattern, name in _RENAMES:
            key = re.sub(pattern, name, key)
        key = re.sub(r"\.up\.(\d+)\.", lambda m: f".up.{levels - 1 - int(m[1])}.", key)
        if re.search(r"\.attn(?:\.\d+|_1)\.(?:q|k|v|proj_out)\.weight$", key):
            tensor = tensor.reshape(*tensor.shape[:2], 1, 1)
        renamed[key] = tensor
    return renamed
