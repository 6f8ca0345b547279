"""Where a run computes and in what precision, by Lightning Fabric."""

from __future__ import annotations

import logging
import os

import torch
from lightning_fabric import Fabric

from translate.errors import DeviceError, UsageError
from translate.run.precision import has_bfloat16
from translate.train.settings import Settings

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def launch(settings: Settings, there: int | None = None) -> Fabric:
    """Start the processes of a run, each of which goes on from here, and return its Fabric.

    Under `torchrun` the processes are there already and are as many as it says.

    Args:
        settings: of the run.
        there: how many GPUs this machine has; by default torch is asked.

    Raises:
        DeviceError: the device asked for is not there.
    """
    kind, _, index = settings.device.partition(":")
    if there is None:
        there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    kind = _present(kind, there)
    count, nodes = settings.devices, 1
    if "TORCHELASTIC_RUN_ID" in os.environ:
        count = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["GROUP_WORLD_SIZE"])
    devices: list[int] | int = gpus(index, count, there) if kind == "cuda" else count
    several = count * nodes > 1
    # It says which processes it has started; who runs several knows.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    fabric = Fabric(
        accelerator=kind,
        devices=devices,
        num_nodes=nodes,
        strategy="ddp" if several else "auto",
    )
    fabric.launch()
    return fabric


def gpus(index: str, count: int, there: int) -> list[int] | int:
    """Return what Fabric takes: the GPU of that index, or how many of those that are there.

    Raises:
        DeviceError: there are not so many.
        UsageError: the index is none, or others are asked for beside it.
    """
    if index and (not index.isdecimal() or count > 1):
        raise UsageError(f"--device cuda:{index}: one GPU, by its number, without --devices")
    if there < (int(index) + 1 if index else count):
        asked = f"--device cuda:{index}" if index else f"--devices {count}"
        raise DeviceError(f"{asked}: this torch sees {there} GPU(s), counted from 0")
    return [int(index)] if index else count


def _present(kind: str, gpus_there: int) -> str:
    if kind == "auto":
        return "cuda" if gpus_there else "cpu"
    if kind not in ("cpu", "cuda", "mps"):
        raise UsageError(f"--device {kind}: known are auto, cpu, cuda, cuda:1 and mps")
    if kind == "cuda" and not gpus_there:
        raise DeviceError("--device cuda: no GPU that this torch can use; try --device cpu")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("--device mps: not available here; try --device cpu")
    return kind


def precision(choice: str, device: torch.device) -> torch.dtype:
    """Return what to compute in; `auto` takes bfloat16 wherever the hardware multiplies in it."""
    if choice != "auto":
        return _DTYPES[choice]
    if has_bfloat16(device):
        return torch.bfloat16
    return torch.float16 if device.type == "cuda" else torch.float32


def layout(
    choice: str, wished: bool, device: torch.device, dtype: torch.dtype
) -> torch.memory_format:
    """Return the memory layout of the networks: `auto` is channels_last where it pays.

    It does where the recipe wishes it, but not in float32 on the CPU: convolutions are no faster
    there, and norms are slower.
    """
    pays = wished and (device.type == "cuda" or dtype != torch.float32)
    last = pays if choice == "auto" else choice == "yes"
    return torch.channels_last if last else torch.contiguous_format
