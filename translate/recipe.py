"""What the training loop knows of one kind of network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from translate.batch import Batch
from translate.errors import UsageError
from translate.weights import Store

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from translate.generator import Generator

DataKind = Literal["paired", "unpaired", "single", "captioned"]
"""What a batch of the loop holds.

- paired: `image` the input, `reference` the target, of one place and size.
- unpaired: `image` of A, `reference` of B, one size, drawn apart.
- single: `image` alone; the recipe makes its inputs from it.
- captioned: `image`, and its text in `prompts`.
"""
Schedule = Literal["constant", "linear", "cosine", "step", "plateau"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What `translate train` takes where the user says nothing; counts are images."""

    images: int = 200_000
    batch: int = 1
    """Pictures in one optimiser step of one process."""
    schedule: Schedule = "linear"
    warmup: int = 0
    ema: int = 0
    """Images after which an old weight counts half in the average; 0 = no average."""
    load_size: int = 286
    """Side that pictures are resized to before the crop; 0 = crops of the whole picture."""
    crop_size: int = 256
    flip: bool = True
    clip: float = 0.0
    """Largest norm of the gradients of one optimiser; 0 = unlimited."""


class Training(Protocol):
    """Networks, optimisers and losses of one run. Everything with a state_dict is checkpointed.

    Subclass it to inherit `pairs` and `measure`. The loop owns devices, precision (it enters
    autocast), gradient steps, learning-rate schedules (factors of the rate that an optimiser
    starts with), EMA, processes and files: a Training only computes. Call the networks as they
    lie in `nets`, since the loop may replace what is inside them (BatchNorm by a synchronised
    one, modules by compiled ones).
    """

    nets: nn.ModuleDict
    """What is saved; `nets["generator"]` is what inference loads, and what the EMA follows. It
    may be a ModuleDict of several (`a2b`, `b2a`)."""
    optimizers: dict[str, Optimizer]
    state: dict[str, Any]
    """Whatever else has state_dict/load_state_dict: an image pool, adaptive augmentation."""

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield (optimizer, loss) in the order they are stepped; the loop steps before asking on.

        Each loss moves only the parameters of its own optimiser, so nothing needs freezing; a
        loss is a mean over the batch. Randomness comes from torch's default generator, which
        the loop seeds from (seed, rank, images), or from `batch.noise()`, which is the same for
        a picture however many processes share the work.
        """
        ...

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the pictures that `nets` (the live ones, or their EMA) make of `batch.image`.

        Called without gradients, with `nets` in eval mode, on what `pairs` returned. Used for
        sample sheets and held-out metrics.

        Shape: (B, C, H, W) in [0, 1].
        """
        ...

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses, by name, for stats.jsonl."""
        ...

    def pairs(self, batch: Batch) -> Batch:
        """Return `batch` as inputs (`image`) and what they should become (`reference`).

        Recipes of single pictures degrade here, drawing only from `batch.noise()` or
        `batch.seeds`, so that every look at the held-out pictures is the same.
        """
        return batch

    def measure(self, nets: nn.ModuleDict, batch: Batch) -> Mapping[str, float]:
        """Return further held-out numbers of a batch, such as a loss; the loop averages them."""
        return {}


class Recipe(BaseModel, ABC):
    """The settings of one kind of training. Its fields are what `--set` and `schema` know.

    The class's docstring is its help: a first line, then what is worth knowing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: ClassVar[str]
    data: ClassVar[DataKind]
    """What the loop reads."""
    defaults: ClassVar[Defaults] = Defaults()
    channels_last: ClassVar[bool] = True
    """Whether the networks are faster in channels_last; not so with GroupNorm on the CPU."""
    translates: ClassVar[bool] = True
    """Whether `Training.translate` makes pictures: else no sheets and no picture metrics."""
    aligned: ClassVar[bool] = True
    """Whether a result should be like the reference beside it; else the sets are compared."""
    best: ClassVar[tuple[str, Literal["min", "max"]]] = ("psnr", "max")
    """The held-out number whose best weights are kept. Known are `psnr`, `ssim`, `l1`,
    `feature_distance`, `frechet` and what `Training.measure` returns."""

    @abstractmethod
    def prepare(self, ctx: TrainContext) -> Training:
        """Build networks, optimisers and losses on the device."""

    @abstractmethod
    def config(self, ctx: TrainContext) -> dict[str, Any]:
        """Return what the stage needs to rebuild the generator: kept inside the weights."""


def _no_generators() -> Mapping[str, Generator]:
    return {}


def no_pipelines(text: str, device: str = "") -> Callable[[Batch], Batch]:
    """Raise UsageError: the default of those who know no pipelines."""
    raise UsageError(f"'{text}': this training was started without pipelines")


@dataclass(frozen=True, slots=True)
class TrainContext:
    """What a recipe is given to prepare itself with."""

    device: torch.device
    generators: Mapping[str, Generator] = field(default_factory=_no_generators)
    store: Store = field(default_factory=Store)
    """Opens weights to start from, or a frozen network that a loss needs, by name or path."""
    pipeline: Callable[[str], Callable[[Batch], Batch]] = no_pipelines
    """Turns a pipeline (a chain, a shipped name, a file) into a function on the device, in float32
    and without gradients: what spoils pictures for a network that restores them."""
    images: int = 0
    """How many images the run will see in all."""
    batch: int = 1
    """Pictures in one `losses` call."""
    size: tuple[int, int] = (256, 256)
    """Height and width of the training pictures."""
    channels: tuple[int, int] = (3, 3)
    """Channels of `image` and of `reference` (of `image` twice, where there is none)."""
    seed: int = 0
