"""What is to be trained, and where to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from translate.errors import UsageError
from translate.generator import Generator
from translate.recipe import Recipe, no_pipelines
from translate.train.dataset import MakeInput
from translate.train.output import Output
from translate.train.settings import Settings
from translate.train.validate import FEATURE_MEASURES
from translate.weights import Checkpoint, Store

if TYPE_CHECKING:
    from translate.batch import Batch

    MakePipeline = Callable[[str, str], Callable[[Batch], Batch]]


@dataclass(frozen=True)
class Job:
    """What is to be trained, and where to."""

    recipe: Recipe
    settings: Settings
    out: Path
    generators: Mapping[str, Generator] = field(default_factory=dict)
    store: Store = field(default_factory=Store)
    make_input: MakeInput | None = None
    pipelines: MakePipeline = no_pipelines
    """Turns the text of a pipeline into a function on a device."""
    command: str = ""

    def start(self, output: Output) -> Checkpoint | None:
        """Return the weights to start from; None where a run goes on, or starts from chance."""
        if not self.settings.start_from or output.checkpoint.is_file():
            return None
        return self.store.open(self.settings.start_from)

    def refuse_blind_plateau(self) -> None:
        """Raise UsageError where the rate follows a measure that nobody takes."""
        measure = self.recipe.best[0]
        if (
            self.settings.schedule == "plateau"
            and measure in FEATURE_MEASURES
            and not self.settings.features
        ):
            raise UsageError(
                f"--schedule plateau follows the {measure} measure of {self.settings.recipe}, "
                "which needs --features FILE (MobileNetV2 weights); give it, or take another "
                "schedule"
            )
