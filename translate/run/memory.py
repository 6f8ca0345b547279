"""What running out of memory looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


def out_of_memory(error: BaseException) -> bool:
    """Say whether an exception means that memory ran out, on the host or on the device."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in _WORDS)


def release() -> None:
    """Give back device memory that is only kept for reuse."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def settle(device: torch.device) -> None:
    """Wait until weights have arrived on a device: threads with streams of their own do not."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)
