"""One step of a pipeline: what it declares, and what it is given when it is loaded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict

from translate.batch import Batch

if TYPE_CHECKING:
    import torch

    from translate.generator import Generator
    from translate.weights import Checkpoint, Store

Slot = Literal["image", "mask", "reference", "prompts", "alpha", "kept"]
Precision = Literal["float32", "bfloat16", "float16"]
Run = Callable[[Batch], Batch]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a stage promises before anything is loaded; the core does the rest.

    The core pads to `multiple_of` and `min_size` and crops back, cuts tiles with `halo`, turns a
    gray picture into three equal channels where only 3 are taken, and clamps to [0, 1].
    """

    needs: tuple[Slot, ...] = ("image",)
    gives: tuple[Slot, ...] = ("image",)
    """Slots that it changes. A step that needs nothing and gives nothing is not run."""
    channels: tuple[int, ...] = (1, 3)
    """Channel counts that the stage takes."""
    channels_out: int | None = None
    """Channel count that it gives; None = as many as it got."""
    multiple_of: int = 1
    min_size: int = 1
    halo: int | None = None
    """Pixels of surroundings that a result depends on: 0 = each pixel alone, None = the whole
    picture, which then is never cut into tiles."""
    weights: tuple[str, ...] = ()
    precisions: tuple[Precision, ...] = ("float32",)
    """Precisions that are safe for the stage, float32 always among them."""
    heavy: bool = False
    """A network: on the CPU run one picture at a time in each worker."""

    def __post_init__(self) -> None:
        """Raise ValueError for what no picture can fit."""
        for slot in (*self.needs, *self.gives):
            if slot not in get_args(Slot):
                known = ", ".join(get_args(Slot))
                raise ValueError(f"no slot is called '{slot}'; there are {known}")
        if not set(self.channels) & {1, 3} or self.channels_out not in (None, 1, 3):
            raise ValueError("channels are 1 or 3: a pipeline's pictures are gray or in colour")
        if self.multiple_of < 1 or self.min_size < 1 or (self.halo or 0) < 0:
            raise ValueError("multiple_of and min_size are at least 1, halo at least 0")


class Stage(BaseModel, ABC):
    """One step. Its fields are the parameters that YAML, --set, the docs and the schema know.

    The class's docstring is its help: a first line, then what is worth knowing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: ClassVar[str]

    def contract(self, store: Store) -> Contract:
        """Return what the stage needs and gives. Imports nothing heavy; may read a header."""
        return Contract()

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that a picture of `height` x `width` comes out with."""
        return height, width

    @abstractmethod
    def load(self, ctx: Context) -> Run:
        """Import and build what is heavy; return the function that runs a batch."""


def _no_generators() -> Mapping[str, Generator]:
    return {}


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage is given to load itself with."""

    device: torch.device
    dtype: torch.dtype
    """What to compute in: one of the contract's precisions. Batches stay float32."""
    store: Store
    generators: Mapping[str, Generator] = field(default_factory=_no_generators)
    compile: bool = False
    """Compile networks with torch.compile: pays for itself on long runs."""

    def open(self, weights: str) -> Checkpoint:
        """Open weights by shipped name or path. Raises WeightsError."""
        return self.store.open(weights)
