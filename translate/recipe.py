"""What the training loop knows of one kind of network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from translate.batch import Batch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from translate.generator import Generator

DataKind = Literal["paired", "unpaired", "single"]


class Training(Protocol):
    """Networks, optimisers and losses of one run. Everything with a state_dict is checkpointed."""

    nets: nn.ModuleDict
    """What is saved; `nets["generator"]` is what inference loads, and what the EMA follows."""
    optimizers: dict[str, Optimizer]
    state: dict[str, Any]
    """Whatever else has state_dict/load_state_dict: an image pool, adaptive augmentation."""

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield (optimizer, loss) in the order they are stepped; the loop steps before asking on.

        In a paired batch `image` is the input and `reference` the target; in an unpaired one
        `image` is of A and `reference` of B. All randomness comes from torch's default generator,
        which the loop seeds from (seed, rank, images).
        """
        ...

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the pictures that `nets` (the live ones, or their EMA) make of `batch`.

        Shape: (B, C, H, W) in [0, 1]. Used for sample sheets and held-out metrics.
        """
        ...

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses, by name, for stats.jsonl."""
        ...


class Recipe(BaseModel, ABC):
    """The settings of one kind of training. Its fields are what `--set` and `schema` know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: ClassVar[str]
    data: ClassVar[DataKind]
    """What the loop reads: pairs, two unpaired folders, or pictures alone."""

    @abstractmethod
    def prepare(self, ctx: TrainContext) -> Training:
        """Build networks, optimisers and losses on the device."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Return what the stage needs to rebuild the generator: kept inside the weights."""


def _no_generators() -> Mapping[str, Generator]:
    return {}


@dataclass(frozen=True, slots=True)
class TrainContext:
    """What a recipe is given to prepare itself with."""

    device: Any
    generators: Mapping[str, Generator] = field(default_factory=_no_generators)
    images: int = 0
    """How many images the run will see in all: schedules are derived from it."""
