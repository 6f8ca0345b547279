"""Opening a generator by the name or path of its weights. Imports no torch until it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translate.errors import WeightsError, did_you_mean
from translate.generator import Generator, GeneratorConfig, Latent
from translate.nn.gan.choose import configured
from translate.nn.gan.pickled import read_shapes
from translate.weights import Store, read_header
from translate_clip.generators import VQGAN
from translate_clip.layouts import (
    DIFFUSERS_FILE,
    diffusers_config,
    diffusers_folder,
    diffusers_tensors,
    taming_config,
    taming_keys,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

    from translate.stage import Context
    from translate_clip.nets.painter import Painter


def file_of(weights: str) -> str:
    """Return the file that is meant: a diffusers folder stands for the weights in it.

    Other folders stand for nothing, or the output of a training called `gan` would hide the
    weights of that name.
    """
    file = Path(weights) / DIFFUSERS_FILE
    return str(file) if file.is_file() or diffusers_folder(file) else weights


@dataclass(frozen=True, slots=True)
class Facts:
    """What a contract needs to know of a generator, from the file's header alone."""

    multiple_of: int


def read_facts(store: Store, weights: str) -> Facts:
    """Return what a weights file says of itself.

    Raises:
        WeightsError: missing, damaged, or no generator.
    """
    path = store.locate(file_of(weights))
    folder = diffusers_folder(path)
    if folder is not None:
        return Facts(diffusers_config(folder).factor)
    if path.suffix == ".safetensors":
        header = read_header(path)
        if "generator" in header.config:
            return Facts(int(header.config.get("multiple_of", 1)))
        shapes = dict(header.shapes)
    else:
        shapes = _readable(path)
    return Facts(taming_config(path, taming_keys(shapes)).factor)


def _readable(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        return read_shapes(path)
    except WeightsError as error:
        if "more than tensors" not in str(error):
            raise
        raise WeightsError(
            f"{path}: refused, since it holds more than tensors, as Lightning writes them; "
            f"'translate weights convert {path.name} {path.stem}.safetensors' takes the tensors "
            "out without running its code"
        ) from error


def open_painter(ctx: Context, weights: str) -> Painter:
    """Return the generator that the weights are for, filled and ready.

    Raises:
        WeightsError: missing, damaged, of another layout, or its generator is not installed or
            makes no pictures out of latents.
    """
    from translate_clip.nets.painter import Painter, prepare

    checkpoint = ctx.open(file_of(weights))
    generator, config, tensors = _described(
        checkpoint.path, checkpoint.config, checkpoint.tensors, ctx.generators
    )
    net = _filled(checkpoint.path, generator, config, tensors)
    if not isinstance(net, Latent):
        raise WeightsError(
            f"{checkpoint.path}: generator '{generator.name}' turns pictures into pictures; this "
            "stage needs one with a latent space, such as 'vqgan' or 'stylegan'"
        )
    ready = prepare(net, ctx.device, ctx.dtype)
    return Painter(ready, generator.value_range, ctx.device, ctx.dtype)  # type: ignore[arg-type]


def _described(
    path: Path,
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    generators: Mapping[str, Generator],
) -> tuple[Generator, GeneratorConfig, Mapping[str, Tensor]]:
    """Return generator, settings and tensors: stated by the file, its folder, or its shapes."""
    if "generator" in config:
        name = config["generator"]
        if name not in generators:
            hint = did_you_mean(name, generators) or "; install the plugin that registers it"
            raise WeightsError(f"{path}: needs generator '{name}', which no plugin has{hint}")
        settings = config.get("generator_config", {})
        kind = generators[name]
        return kind, configured(kind, settings, WeightsError, f"{path}: "), tensors
    folder = diffusers_folder(path)
    if folder is not None:
        known = diffusers_config(folder)
        return VQGAN, known, diffusers_tensors(tensors, len(known.multipliers))
    own = taming_keys(tensors)
    shapes = {key: tuple(tensor.shape) for key, tensor in own.items()}
    return VQGAN, taming_config(path, shapes), own


def _filled(
    path: Path, generator: Generator, config: GeneratorConfig, tensors: Mapping[str, Tensor]
) -> nn.Module:
    net = generator.build(config)
    try:
        net.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"{path}: does not fit generator '{generator.name}': {reason[:200]}"
        ) from error
    return net
