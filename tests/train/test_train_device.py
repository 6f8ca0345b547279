"""Where and in what precision a run computes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from translate.errors import DeviceError, UsageError
from translate.plugins import Registry
from translate.train.build import networks
from translate.train.device import gpus, launch, layout, precision
from translate.train.settings import Settings, resolve

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def settings(registry: Registry, device: str) -> Settings:
    return resolve(registry.recipes["tiny"](), "data", {"device": device})


@pytest.mark.parametrize(
    ("choice", "wished", "device", "dtype", "last"),
    [
        ("auto", True, CPU, torch.bfloat16, True),
        ("auto", True, CPU, torch.float32, False),
        ("auto", True, GPU, torch.float32, True),
        ("auto", False, GPU, torch.bfloat16, False),
        ("yes", False, CPU, torch.float32, True),
        ("no", True, GPU, torch.bfloat16, False),
    ],
)
def test_layout(
    choice: str, wished: bool, device: torch.device, dtype: torch.dtype, last: bool
) -> None:
    expected = torch.channels_last if last else torch.contiguous_format
    assert layout(choice, wished, device, dtype) == expected


def test_a_precision_that_is_named_is_taken() -> None:
    assert precision("float16", CPU) == torch.float16
    assert precision("float32", CPU) == torch.float32
    assert precision("auto", torch.device("mps")) == torch.float32
    assert precision("auto", CPU) in (torch.float32, torch.bfloat16)


def test_the_cpu_is_there(registry: Registry) -> None:
    assert launch(settings(registry, "cpu")).device == CPU


def test_a_gpu_that_is_not_there_is_said_not_to_be(registry: Registry) -> None:
    with pytest.raises(DeviceError, match="no GPU that this torch can use; try --device cpu"):
        launch(settings(registry, "cuda"), there=0)


def test_an_unknown_device_is_wrong_usage(registry: Registry) -> None:
    with pytest.raises(UsageError, match="known are auto, cpu, cuda"):
        launch(settings(registry, "abacus"))


def test_one_gpu_is_taken_by_its_number_and_several_by_their_count() -> None:
    assert gpus("1", 1, 2) == [1]
    assert gpus("", 2, 2) == 2


@pytest.mark.parametrize(
    ("index", "count", "error", "says"),
    [
        ("1", 1, DeviceError, "--device cuda:1: this torch sees 1 GPU"),
        ("", 2, DeviceError, "--devices 2: this torch sees 1 GPU"),
        ("x", 1, UsageError, "--device cuda:x: one GPU, by its number"),
        ("0", 2, UsageError, "without --devices"),
    ],
)
def test_gpus_that_are_not_there_are_said_not_to_be(
    index: str, count: int, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        gpus(index, count, there=1)


def test_networks_inside_dictionaries_are_found() -> None:
    a, b, judge = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)
    nets = nn.ModuleDict({"generator": nn.ModuleDict({"a2b": a, "b2a": b}), "judge": judge})
    assert list(networks(nets)) == [a, b, judge]
