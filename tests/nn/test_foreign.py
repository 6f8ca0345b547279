from __future__ import annotations

import os
import shutil
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from translate import WeightsError
from translate.nn.foreign import load_foreign
from translate.weights import load_file


class Callback:
    """Stands for a class of a training program; it is gone when the file is read."""


@pytest.fixture
def lightning(tmp_path: Path) -> Path:
    module = types.ModuleType("a_training_program")
    Callback.__module__, Callback.__qualname__ = module.__name__, "Callback"
    module.Callback = Callback
    sys.modules[module.__name__] = module
    path = tmp_path / "last.ckpt"
    content = {
        "state_dict": {"w": torch.arange(3.0)},
        "callbacks": {Callback: {"best": Callback()}},
    }
    torch.save(content, path)
    del sys.modules[module.__name__]
    return path


def test_tensors_come_out_of_a_file_with_classes_inside(lightning: Path) -> None:
    with pytest.raises(WeightsError, match="more than tensors"):
        load_file(lightning)
    found = load_foreign(lightning)
    assert list(found.tensors) == ["w"]
    assert torch.equal(found.tensors["w"], torch.arange(3.0))
    with pytest.raises(WeightsError, match="more than tensors"):
        load_file(lightning)


class Attack:
    """Pickled, it asks the reader to call a function with a path."""

    def __init__(self, call: Callable[[str], object], path: Path) -> None:
        self.call, self.path = call, path

    def __reduce__(self) -> tuple[object, ...]:
        return self.call, (str(self.path),)


def test_code_in_a_file_is_never_run(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    path = tmp_path / "evil.pth"
    torch.save({"state_dict": {"w": torch.ones(1)}, "x": Attack(shutil.rmtree, kept)}, path)
    assert list(load_foreign(path).tensors) == ["w"]
    assert kept.is_dir()


def test_what_pytorch_bans_outright_is_refused(tmp_path: Path) -> None:
    path, mark = tmp_path / "evil.pth", tmp_path / "mark"
    torch.save({"state_dict": {"w": torch.ones(1)}, "x": Attack(os.mkdir, mark)}, path)
    with pytest.raises(WeightsError, match="more than tensors"):
        load_foreign(path)
    assert not mark.exists()


def test_plain_and_missing_files_are_as_ever(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(2)}, tmp_path / "plain.pth")
    assert torch.equal(load_foreign(tmp_path / "plain.pth").tensors["w"], torch.ones(2))
    with pytest.raises(WeightsError, match="cannot be read"):
        load_foreign(tmp_path / "none.pth")
