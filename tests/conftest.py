"""What several rooms' tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
