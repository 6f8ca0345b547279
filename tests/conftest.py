"""What several rooms' tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from torch import nn

ROOT = Path(__file__).resolve().parent.parent

# a busy machine is no error, and speed is measured in bench/
settings.register_profile("patient", settings(deadline=None))
settings.load_profile("patient")


class Said(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Tiny tensors on many threads are slower than on one, and so is a busy machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared pictures and fixtures; the test skips where there is none."""
    path = Path(os.environ.get("TRANSLATE_SHARED", ROOT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("no shared pictures beside the checkout (TRANSLATE_SHARED)")
    return path


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call `translate` with arguments, in this process."""
    from translate.cli import execute

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = execute([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def mobilenet() -> nn.Module:
    """torchvision's own MobileNetV2 with random weights and statistics."""
    import torch
    from torch import nn
    from torchvision.models import mobilenet_v2

    torch.manual_seed(0)
    network = mobilenet_v2().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return network
