"""Settings of one training run: what the command line sets, resolved, kept and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from translate.errors import UsageError
from translate.pipeline.words import in_words
from translate.recipe import Recipe, Schedule
from translate.train.files import write_text

Preprocess = Literal["resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none"]
Fit = Literal["auto", "pad", "cover", "stretch"]
Layout = Literal["auto", "folders", "side-by-side"]
Direction = Literal["a2b", "b2a"]
Channels = Literal["auto", "1", "3"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Choice = Literal["auto", "yes", "no"]
Share = Annotated[float, Field(ge=0, lt=1)]
_LEARNING, _DATA, _SIZE, _MACHINE, _OUTPUT = "Learning", "Data", "Size", "Machine", "Output"
_UNITS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


def _field(panel: str, text: str) -> Any:
    return Field(description=text, json_schema_extra={"panel": panel})


class Settings(BaseModel):
    """Everything that decides a run. Counts and periods are images, unless they say otherwise.

    The fields with a description are the options of `translate train`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipe: str
    options: dict[str, Any] = Field(default_factory=dict)
    data: str

    images: Annotated[PositiveInt, _field(_LEARNING, "How many to learn from, in all")]
    batch: Annotated[PositiveInt, _field(_LEARNING, "Pictures in a step of one process")]
    accumulate: Annotated[PositiveInt, _field(_LEARNING, "Batches that make one step")] = 1
    schedule: Annotated[Schedule, _field(_LEARNING, "Course of the learning rate")]
    decay_from: Annotated[NonNegativeInt, _field(_LEARNING, "Image where linear starts to fall")]
    decay_every: Annotated[PositiveInt, _field(_LEARNING, "Images between the drops of step")]
    warmup: Annotated[NonNegativeInt, _field(_LEARNING, "Images over which the rate rises")]
    ema: Annotated[
        NonNegativeInt, _field(_LEARNING, "Half life of the averaged weights, in images; 0 = none")
    ]
    clip: Annotated[
        NonNegativeFloat, _field(_LEARNING, "Largest norm of the gradients; 0 = unlimited")
    ]
    seed: Annotated[int, _field(_LEARNING, "Of order, crops, first weights and noise")] = 0
    start_from: Annotated[
        str, _field(_LEARNING, "Weights that the generator starts from: a shipped name or a file")
    ] = ""
    overfit: Annotated[
        NonNegativeInt, _field(_LEARNING, "Learn only the first N pictures, to see that it can")
    ] = 0

    layout: Annotated[Layout, _field(_DATA, "How pairs lie in the folder")] = "auto"
    a: Annotated[str, _field(_DATA, "Name of the folder of inputs")] = "A"
    b: Annotated[str, _field(_DATA, "Name of the folder of targets")] = "B"
    direction: Annotated[Direction, _field(_DATA, "Which side is the input")] = "a2b"
    from_pipeline: Annotated[
        str, _field(_DATA, "Make each input from its target, such as 'edges | invert'")
    ] = ""
    val: Annotated[Share, _field(_DATA, "Share held out where there is no val or test folder")] = (
        0.05
    )
    background: Annotated[str, _field(_DATA, "Colour behind transparent pixels")] = "white"
    channels: Annotated[
        Channels, _field(_DATA, "Of the pictures; auto = the most that any has")
    ] = "auto"

    preprocess: Annotated[Preprocess, _field(_SIZE, "How pictures come to one size")]
    fit: Annotated[Fit, _field(_SIZE, "How resize_and_crop makes a square")] = "auto"
    load_size: Annotated[PositiveInt, _field(_SIZE, "Side in pixels before the crop")]
    crop_size: Annotated[PositiveInt, _field(_SIZE, "Side in pixels that is trained on")]
    flip: Annotated[bool, _field(_SIZE, "Mirror half of the pictures")]

    device: Annotated[str, _field(_MACHINE, "auto, cpu, cuda, cuda:1 or mps")] = "auto"
    devices: Annotated[PositiveInt, _field(_MACHINE, "Processes: one per GPU, or on the CPU")] = 1
    precision: Annotated[Precision, _field(_MACHINE, "What to compute in")] = "auto"
    channels_last: Annotated[Choice, _field(_MACHINE, "Memory layout of the networks")] = "auto"
    compile: Annotated[bool, _field(_MACHINE, "Compile the networks")] = False
    threads: Annotated[PositiveInt, _field(_MACHINE, "That read pictures")] = 2
    cache: Annotated[str, _field(_MACHINE, "Memory for decoded pictures")] = "1GB"

    save_every: Annotated[str, _field(_OUTPUT, "Time between checkpoints: 30s, 5m, 1h")] = "5m"
    sample_every: Annotated[
        PositiveInt, _field(_OUTPUT, "Images between looks at held-out pictures")
    ]
    samples: Annotated[NonNegativeInt, _field(_OUTPUT, "Pictures on a sample sheet")] = 8
    features: Annotated[
        str, _field(_OUTPUT, "File of MobileNetV2 weights, for distances in its features")
    ] = ""
    tensorboard: Annotated[bool, _field(_OUTPUT, "Also write TensorBoard events")] = False
    license: Annotated[str, _field(_OUTPUT, "Of the weights; kept inside them")] = ""
    data_note: Annotated[str, _field(_OUTPUT, "What the data is; kept inside the weights")] = ""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Settings:
        if "resize" in self.preprocess and self.load_size < self.crop_size:
            raise ValueError(
                f"load_size {self.load_size} is smaller than crop_size {self.crop_size}"
            )
        seconds(self.save_every)
        size_in_bytes(self.cache)
        return self


_FREE_NAMES = """
images decay_from decay_every save_every sample_every samples features tensorboard threads cache
device compile license data_note
"""
FREE = frozenset(_FREE_NAMES.split())
"""Settings that a resumed run may change: they do not make what was trained so far wrong."""


def resolve(recipe: Recipe, data: str, given: Mapping[str, Any]) -> Settings:
    """Fill what the user left open (None) from the recipe's defaults, and what follows from it.

    Raises:
        UsageError: a value is out of range, or two do not fit.
    """
    said = {key: value for key, value in given.items() if value is not None}
    ours = recipe.defaults
    images = said.get("images", ours.images)
    crop = said.get("crop_size", ours.crop_size)
    batch = said.get("batch", ours.batch)
    filled = {
        "recipe": recipe.name,
        "options": recipe.model_dump(mode="json"),
        "data": data,
        "images": images,
        "batch": batch,
        "schedule": ours.schedule,
        "decay_from": images // 2,
        "decay_every": max(1, images // 4),
        "warmup": ours.warmup,
        "ema": ours.ema,
        "clip": ours.clip,
        "crop_size": crop,
        "preprocess": "resize_and_crop" if ours.load_size else "crop",
        "load_size": round(crop * (ours.load_size or ours.crop_size) / ours.crop_size),
        "flip": ours.flip,
        "sample_every": max(1, images // 40),
    }
    return validate({**filled, **said})


def validate(values: Mapping[str, Any]) -> Settings:
    """Build settings. Raises UsageError with one line that says all that is wrong."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(message for _, message in in_words(error, Settings))
        raise UsageError(f"training: {problems}") from error


def differences(old: Settings, new: Settings) -> list[str]:
    """Return one line per setting that must not change when a run is resumed, but did."""
    before, after = old.model_dump(), new.model_dump()
    lines = []
    for key in before:
        if key in FREE or before[key] == after[key]:
            continue
        if key == "options":
            lines += [
                f"{name}: was {before[key].get(name)!r}, now {after[key].get(name)!r}"
                for name in sorted({*before[key], *after[key]})
                if before[key].get(name) != after[key].get(name)
            ]
        else:
            lines.append(f"{key}: was {before[key]!r}, now {after[key]!r}")
    return lines


def write(settings: Settings, path: Path) -> None:
    """Write the settings as YAML."""
    write_text(path, yaml.safe_dump(settings.model_dump(), sort_keys=False))


def read(path: Path) -> Settings:
    """Read settings that `write` wrote.

    Raises:
        UsageError: the file is not one.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Settings.model_validate(values)
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"{path}: not the settings of a training run") from error


def seconds(text: str) -> float:
    """Return a duration such as `30s`, `5m` or `2h` in seconds.

    Raises:
        ValueError: not a duration.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not a duration such as 30s, 5m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def size_in_bytes(text: str) -> int:
    """Return a size such as `500MB` or `2GB` in bytes.

    Raises:
        ValueError: not a size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]b)?", text.strip().lower())
    if match is None:
        raise ValueError(f"'{text}' is not a size such as 500MB or 2GB")
    return int(float(match[1]) * _BYTES[match[2] or ""])
