"""Which generator a training or a weights file means, before anything heavy is loaded. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from translate.errors import UsageError, WeightsError, did_you_mean
from translate.generator import Generator, GeneratorConfig
from translate.nn.gan.kinds import KINDS
from translate.nn.gan.layout import Shapes, infer_layout
from translate.nn.gan.pickled import read_shapes
from translate.weights import Store, read_header

PARTS = ("a2b", "b2a")
"""Key prefixes of the two generators of CycleGAN in one file."""
_CAUTIOUS = 256
"""Multiple of sides for a generator that neither the file nor we know the rule of."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a contract needs to know of a weights file."""

    in_channels: int
    out_channels: int
    multiple_of: int
    halo: int | None
    norm: str
    parts: tuple[str, ...]
    """Both of `PARTS` where the file holds two generators, else none."""
    config: Mapping[str, Any]
    """What the file says of itself; empty for official ones."""

    @property
    def lab(self) -> bool:
        """Whether the generator makes the colours of a lightness, in CIE Lab.

        An official file does not say so, but only colourisation turns one channel into two.
        """
        if self.config:
            return self.config.get("space") == "lab"
        return (self.in_channels, self.out_channels) == (1, 2)


def read_facts(store: Store, weights: str) -> Facts:
    """Read what a weights file holds, from its header alone.

    Raises:
        WeightsError: missing, damaged, or of another kind.
    """
    path = store.locate(weights)
    if path.suffix == ".safetensors":
        header = read_header(path)
        config, shapes = header.config, dict(header.shapes)
    else:
        config, shapes = {}, read_shapes(path)
    parts = tuple(part for part in PARTS if any(key.startswith(f"{part}.") for key in shapes))
    if parts:
        prefix = f"{parts[0]}."
        shapes = {k.removeprefix(prefix): v for k, v in shapes.items() if k.startswith(prefix)}
    return _facts(config, shapes, parts, path)


def _facts(config: Mapping[str, Any], shapes: Shapes, parts: tuple[str, ...], path: Path) -> Facts:
    known = {kind.name: kind for kind in KINDS}
    if "generator" in config:
        name, settings = str(config["generator"]), dict(config.get("generator_config", {}))
    else:
        layout = infer_layout(shapes, str(path))
        name, settings = layout.generator, dict(layout.config)
    if name in known:
        kind = known[name]
        full = configured(kind, settings, WeightsError, f"{path}: ")
        multiple_of, halo, settings = kind.multiple_of(full), kind.halo(full), full.model_dump()
    else:
        multiple_of, halo = config.get("multiple_of", _CAUTIOUS), config.get("halo")
    return Facts(
        settings.get("in_channels", 3),
        settings.get("out_channels", 3),
        multiple_of,
        halo,
        settings.get("norm", "none"),
        parts,
        config,
    )


def configured(
    generator: Generator,
    settings: Mapping[str, Any],
    error: type[UsageError] | type[WeightsError],
    source: str = "",
) -> GeneratorConfig:
    """Return the generator's typed settings; what does not fit raises `error` in one line."""
    try:
        return generator.config.model_validate(dict(settings))
    except ValidationError as found:
        first = found.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise error(
            f"{source}settings do not fit generator '{generator.name}': {place}: {first['msg']}"
        ) from found


def choose_generator(
    generators: Mapping[str, Generator],
    name: str,
    wishes: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> tuple[Generator, GeneratorConfig]:
    """Return the generator that a training asked for, and its settings.

    Args:
        generators: what plugins registered.
        name: which of them.
        wishes: common settings (`ngf`, `norm`); those that it does not have, or None, are left out.
        settings: what was said for this very generator; every key must fit.

    Raises:
        UsageError: no such generator, or settings that do not fit it.
    """
    generator = generators.get(name)
    if generator is None:
        known = ", ".join(sorted(generators)) or "none"
        hint = did_you_mean(name, generators) or f"; known are {known}"
        raise UsageError(f"no generator '{name}'{hint}")
    fields = generator.config.model_fields
    common = {k: v for k, v in wishes.items() if k in fields and v is not None}
    return generator, configured(generator, {**common, **settings}, UsageError)


def refuse_size(
    size: tuple[int, int], generator: Generator, config: GeneratorConfig, judge_layers: int
) -> None:
    """Refuse training pictures that the networks cannot take.

    Args:
        size: height and width.
        generator: whose size rule counts.
        config: its settings.
        judge_layers: strided layers of the discriminator; 0 for one of single pixels.

    Raises:
        UsageError: a side is no multiple of what the generator needs, or too small.
    """
    multiple = generator.multiple_of(config)
    if any(side % multiple for side in size):
        raise UsageError(
            f"pictures of {size[1]} x {size[0]} pixels do not fit generator '{generator.name}', "
            f"which takes multiples of {multiple}: choose --crop-size so, or another generator"
        )
    # Two more convolutions of 4 pixels follow the strided ones.
    smallest = 3 * 2**judge_layers if judge_layers else 1
    if min(size) < smallest:
        raise UsageError(
            f"pictures of {size[1]} x {size[0]} pixels are too small for a discriminator of "
            f"{judge_layers} layers, which needs {smallest}: set discriminator=n_layers and fewer "
            "n_layers, or discriminator=pixel"
        )


def weights_config(generator: Generator, config: GeneratorConfig) -> dict[str, Any]:
    """Return what weights say of their generator, with the size rule for whoever plans a run."""
    return {
        "generator": generator.name,
        "generator_config": config.model_dump(),
        "multiple_of": generator.multiple_of(config),
        "halo": generator.halo(config),
    }
