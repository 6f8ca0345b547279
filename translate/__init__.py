"""Image-to-image translation for the command line: the names that plugin authors use."""

from pydantic import Field

from translate.batch import Batch
from translate.errors import InputError, TranslateError, UsageError, WeightsError
from translate.generator import Generator, GeneratorConfig
from translate.hookspecs import hookimpl
from translate.recipe import Defaults, Recipe, TrainContext, Training
from translate.stage import Context, Contract, Stage
from translate.weights import Checkpoint, Store, Weights

__all__ = [
    "Batch",
    "Checkpoint",
    "Context",
    "Contract",
    "Defaults",
    "Field",
    "Generator",
    "GeneratorConfig",
    "InputError",
    "Recipe",
    "Stage",
    "Store",
    "TrainContext",
    "Training",
    "TranslateError",
    "UsageError",
    "Weights",
    "WeightsError",
    "hookimpl",
]

__version__ = "0.1.0"
