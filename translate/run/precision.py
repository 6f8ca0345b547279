"""Where to compute, and in what precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from translate.errors import DeviceError
from translate.run.options import PrecisionChoice
from translate.stage import Contract, Precision

if TYPE_CHECKING:
    import torch


def find_device(name: str) -> torch.device:
    """Return the device of that name; "auto" = a GPU where there is one, else the CPU.

    Raises:
        DeviceError: it is not there.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"no device '{name}'; use auto, cpu, cuda or cuda:N") from error
    if device.type == "cuda" and not _has_cuda(device.index or 0):
        count = torch.cuda.device_count()
        raise DeviceError(
            f"no device '{name}': PyTorch sees {count} CUDA devices; try --device cpu"
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("no device 'mps' here; use --device cpu")
    if device.type not in ("cpu", "cuda", "mps"):
        raise DeviceError(f"device '{name}' is not supported; use auto, cpu, cuda or cuda:N")
    return device


def _has_cuda(index: int) -> bool:
    import torch

    return torch.cuda.is_available() and index < torch.cuda.device_count()


def find_precision(choice: PrecisionChoice, contract: Contract, device: torch.device) -> Precision:
    """Return what a stage computes in: what was asked for where it allows that, else float32.

    "auto" is bfloat16 where the stage allows it and the device computes in it natively.
    """
    wanted: Precision = choice if choice != "auto" else "bfloat16"
    if wanted not in contract.precisions:
        return "float32"
    return wanted if choice != "auto" or has_bfloat16(device) else "float32"


def has_bfloat16(device: torch.device) -> bool:
    """Say whether a device multiplies in bfloat16 itself: older GPUs only emulate it."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    return device.type == "cpu" and cpu_has_bfloat16()


def cpu_has_bfloat16() -> bool:
    """Say whether the processor multiplies in bfloat16."""
    import torch

    if hasattr(torch.cpu, "get_capabilities"):
        known = torch.cpu.get_capabilities()
        return bool(known.get("avx512_bf16") or known.get("amx_bf16"))
    # Older ones that are still supported say it by private names alone: absent means no.
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
