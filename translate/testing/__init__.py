"""The conformance kit: does a stage keep the promises that the core and its users lean on?

from translate.testing import conform

def test_sepia_keeps_its_promises():
conform(Sepia(strength=0.6))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from translate.errors import InputError
from translate.run.chain import Loaded
from translate.stage import Context, Stage
from translate.testing.bench import Bench
from translate.testing.checks import CHECKS
from translate.weights import Store

if TYPE_CHECKING:
    from translate.generator import Generator

__all__ = ["ConformanceError", "conform"]


class ConformanceError(AssertionError):
    """A stage breaks a promise; the message says which one, and by how much."""


def conform(
    stage: Stage,
    *,
    size: tuple[int, int] = (45, 61),
    device: str = "cpu",
    tolerance: float = 1e-4,
    store: Store | None = None,
    generators: Mapping[str, Generator] | None = None,
) -> None:
    """Load `stage`, run it on made-up pictures as the core does, and compare.

    Checked are: a docstring, and descriptions of the parameters; slots, channels and size as
    declared; finite values in the range of pictures; inputs left untouched; the same picture
    again for the same seed, alone and in a batch; tiles that join to the whole picture, where
    the contract has a halo; pictures of one pixel and of odd sizes.

    Args:
        stage: What is checked, with the parameters that it shall run with.
        size: Height and width of the pictures; odd ones find more.
        device: Where it runs.
        tolerance: Largest difference of a value between two runs that should agree.
        store: Where weights are found, for a stage that opens some.
        generators: Networks by name, for a stage that takes one.

    Raises:
        ConformanceError: a promise is broken.
    """
    import torch

    store = store or Store()
    context = Context(torch.device(device), torch.float32, store, generators or {})
    loaded = Loaded(stage, stage.contract(store), stage.load(context))
    bench = Bench(loaded, size, device, tolerance)
    with torch.no_grad():
        for check in CHECKS:
            try:
                problem = next(check(bench), None)
            except InputError as error:
                raise ConformanceError(str(error)) from error
            if problem:
                raise ConformanceError(f"stage '{stage.name}': {problem}")
