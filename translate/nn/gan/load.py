"""A generator out of a weights file: ours, or an official one that says nothing of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from translate.errors import WeightsError, did_you_mean
from translate.generator import Generator, GeneratorConfig
from translate.nn.gan.choose import configured
from translate.nn.gan.layout import canonical_keys, infer_layout, misfits
from translate.weights import Checkpoint


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network with its weights, in eval mode, on the CPU in float32."""

    net: nn.Module
    generator: Generator
    config: GeneratorConfig


def load_generator(
    checkpoint: Checkpoint, generators: Mapping[str, Generator], part: str = ""
) -> Loaded:
    """Build the generator that a weights file is for, and fill it.

    Args:
        checkpoint: the opened file. Where its config names a generator, that one is built;
            otherwise the architecture is read off the keys and shapes.
        generators: what plugins registered, by name.
        part: "a2b" or "b2a" for one of two generators in a file; its keys start so.

    Raises:
        WeightsError: the file does not fit, or needs a generator that nobody registers.
    """
    prefix = f"{part}." if part else ""
    own = {
        key.removeprefix(prefix): tensor
        for key, tensor in checkpoint.tensors.items()
        if key.startswith(prefix)
    }
    shapes = {key: tuple(tensor.shape) for key, tensor in own.items()}
    if "generator" in checkpoint.config:
        name, settings = checkpoint.config["generator"], checkpoint.config.get("generator_config")
        words = f"'{name}' weights"
    else:
        layout = infer_layout(shapes, str(checkpoint.path))
        name, settings, words = layout.generator, layout.config, layout.words
    tensors = {new: _full(own[old]) for old, new in canonical_keys(shapes).items()}
    generator, config = _configured(name, settings or {}, generators, checkpoint.path)
    net = _filled(generator, config, tensors, f"{checkpoint.path}: ", words)
    return Loaded(net.eval(), generator, config)


def _full(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _configured(
    name: str, settings: Mapping[str, Any], generators: Mapping[str, Generator], path: Path
) -> tuple[Generator, GeneratorConfig]:
    generator = generators.get(name)
    if generator is None:
        hint = did_you_mean(name, generators) or "; install the plugin that registers it"
        raise WeightsError(f"{path}: needs generator '{name}', which no plugin has{hint}")
    return generator, configured(generator, settings, WeightsError, f"{path}: ")


def _filled(
    generator: Generator,
    config: GeneratorConfig,
    tensors: dict[str, Tensor],
    source: str,
    words: str,
) -> nn.Module:
    # On "meta" no time is spent on first weights that are thrown away.
    with torch.device("meta"):
        net = generator.build(config)
    wanted = {key: tuple(tensor.shape) for key, tensor in net.state_dict().items()}
    # Batch norm of PyTorch before 0.4.1 did not count its batches; inference does not need it.
    for key in wanted:
        if key.endswith(".num_batches_tracked") and key not in tensors:
            tensors[key] = torch.tensor(0)
    trouble = misfits(wanted, {key: tuple(t.shape) for key, t in tensors.items()}, words)
    if trouble:
        raise WeightsError(source + trouble)
    net.load_state_dict(tensors, assign=True)
    if any(buffer.is_meta for buffer in net.buffers()):
        # Something that is no part of the state_dict was computed while building.
        net = generator.build(config)
        net.load_state_dict(tensors)
    return net
