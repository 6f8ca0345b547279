"""What network an official checkpoint holds, read off its keys and shapes. Imports no torch.

The files of the reference implementation are bare state_dicts: no name, no settings. All that
the settings change can be seen in the keys and in the shapes of the tensors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from translate.errors import WeightsError

Shapes = Mapping[str, tuple[int, ...]]
_BUFFERS = (".running_mean", ".running_var", ".num_batches_tracked")
_UNET_DOWN = "model.model.1.model.1.weight"
_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.1\.weight")


@dataclass(frozen=True, slots=True)
class Layout:
    """A generator that is known by name, and its settings."""

    generator: str
    config: Mapping[str, Any]
    words: str
    """The same for people: "a ResNet of 9 blocks with dropout (64 filters, instance norm)"."""


def canonical_keys(shapes: Shapes) -> dict[str, str]:
    """Return what each key of the file is called in the network, without what is not loaded.

    `module.` in front (of files saved from a parallel wrapper) is taken off, and the statistics
    that instance norm kept in old versions are left out.
    """
    bare = {key: key.removeprefix("module.") for key in shapes}
    present = set(bare.values())
    return {key: name for key, name in bare.items() if not _is_leftover(name, present)}


def _is_leftover(name: str, present: set[str]) -> bool:
    """Say whether a running statistic belongs to no batch norm, which would have a weight."""
    for suffix in _BUFFERS:
        if name.endswith(suffix):
            return f"{name.removesuffix(suffix)}.weight" not in present
    return False


def infer_layout(shapes: Shapes, source: str) -> Layout:
    """Return the generator that tensors of these shapes belong to.

    Args:
        shapes: of every tensor, by its key in the file.
        source: the file, for messages.

    Raises:
        WeightsError: neither a U-Net nor a ResNet of pix2pix or CycleGAN.
    """
    found = {name: shapes[key] for key, name in canonical_keys(shapes).items()}
    try:
        if _UNET_DOWN in found:
            return _unet(found)
        if any(_BLOCK.fullmatch(name) for name in found):
            return _resnet(found)
    except (KeyError, IndexError) as error:
        raise WeightsError(
            f"{source}: has blocks like a pix2pix or CycleGAN generator, but {error} is missing "
            "or of another rank; the file may be cut short or from a changed network"
        ) from error
    raise WeightsError(f"{source}: {_guess(found)}")


def _norm(found: Shapes, inner_bias: str) -> str:
    if any(name.endswith(".weight") and len(shape) == 1 for name, shape in found.items()):
        return "batch"
    return "instance" if inner_bias in found else "none"


def _settings(first: tuple[int, ...], out_channels: int, norm: str) -> dict[str, Any]:
    return {
        "in_channels": first[1],
        "out_channels": out_channels,
        "ngf": first[0],
        "norm": norm,
    }


def _unet(found: Shapes) -> Layout:
    depth = 2 + max(name.count(".3.model") for name in found)
    # A transposed convolution's shape is (in, out, height, width).
    out_channels = found["model.model.3.weight"][1]
    norm = _norm(found, "model.model.1.model.1.bias")
    config = _settings(found["model.model.0.weight"], out_channels, norm) | {"num_downs": depth}
    words = f"a U-Net of {depth} levels ({config['ngf']} filters, {norm} norm)"
    return Layout("unet-128" if depth == 7 else "unet-256", config, words)


def _resnet(found: Shapes) -> Layout:
    blocks = sum(1 for name in found if _BLOCK.fullmatch(name))
    dropout = len(found.get("model.10.conv_block.6.weight", ())) == 4
    last = f"model.{17 + blocks}.weight"
    norm = _norm(found, "model.10.conv_block.1.bias")
    config = _settings(found["model.1.weight"], found[last][0], norm)
    config |= {"blocks": blocks, "dropout": dropout}
    with_dropout = " with dropout" if dropout else ""
    words = f"a ResNet of {blocks} blocks{with_dropout} ({config['ngf']} filters, {norm} norm)"
    return Layout("resnet-6" if blocks == 6 else "resnet-9", config, words)


def _guess(found: Shapes) -> str:
    """Say what else the tensors may be."""
    if not found:
        return "holds no tensors by name, so it is no generator's state_dict"
    first = found.get("model.0.weight") or found.get("net.0.weight")
    if first is not None and len(first) == 4 and not any(".conv_block." in n for n in found):
        return (
            "looks like a PatchGAN discriminator, which only training needs; "
            "give the generator's file (..._net_G.pth)"
        )
    keys = ", ".join(sorted(found)[:3])
    return (
        "not laid out like a U-Net or ResNet of pix2pix or CycleGAN "
        f"({len(found)} tensors: {keys}, ...)"
    )


def misfits(expected: Shapes, found: Shapes, words: str, limit: int = 3) -> str | None:
    """Say in words how the tensors differ from what the network wants; None where they fit."""
    parts = [
        *_listed((k for k in expected if k not in found), "is missing", "are missing", limit),
        *_listed((k for k in found if k not in expected), "is unknown", "are unknown", limit),
        *(
            f"{key} has shape {tuple(found[key])} instead of {tuple(shape)}"
            for key, shape in list(expected.items())
            if key in found and tuple(found[key]) != tuple(shape)
        ),
    ]
    return f"looks like {words} whose {'; '.join(parts[: limit + 2])}" if parts else None


def _listed(keys: Iterable[str], one: str, many: str, limit: int) -> list[str]:
    names = sorted(keys)
    if not names:
        return []
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return [f"{', '.join(names[:limit])}{more} {one if len(names) == 1 else many}"]
