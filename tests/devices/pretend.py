"""A device that is not there: it computes on the CPU, and refuses to mix with it as CUDA does.

A tensor of the device `pretend` carries a CPU tensor, and reports another device. Every operation
that reaches it with tensors of both devices raises, but for what CUDA allows: CPU scalars of no
dimension among pointwise operations, CPU indices, and copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.utils import backend_registration

NAME = "pretend"
SETUP = "_setup_privateuseone_for_python_backend"
"""What torch offers, by a private name, for devices that are written in Python."""

_CPU = torch.device("cpu")
_COPIES = ("aten::copy_", "aten::copy", "aten::_copy_from")
_INDEXED = ("aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_")
_TAKE_SCALARS = (
    *("aten::index_put", "aten::index_put_", "aten::_index_put_impl_"),
    *("aten::masked_fill", "aten::masked_fill_", "aten::fill", "aten::fill_"),
)
_THEMSELVES = ("copy_", "arange", "arange.start", "arange.start_step")
"""What `torch.tensor` fills its result by, and what changes the shape of its result."""
_AUTOCAST = "AutocastPrivateUse1"
_LOWERED = (
    *("conv1d", "conv2d", "conv3d", "conv_transpose2d.input"),
    *("linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "scaled_dot_product_attention"),
)
"""What autocast computes in low precision, of what networks here are made of."""
_libraries: list[torch.library.Library] = []


def available() -> bool:
    """Say whether this torch can have the device."""
    return hasattr(backend_registration, SETUP)


def register() -> torch.device:
    """Let torch know of the device, once in a process, and return it."""
    if not _libraries:
        getattr(backend_registration, SETUP)(rename=NAME, backend_module=_Backend())
        _libraries.extend(
            (torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL"))
        )
        every, single = _libraries
        # Tensors of the device see to themselves; what reaches this makes the first ones.
        every.fallback(_compute, "PrivateUse1")
        every.fallback(torch.library.fallthrough_kernel, _AUTOCAST)
        for name in _THEMSELVES:
            single.impl(name, partial(_compute, _overload(name)), "PrivateUse1")
        for name in _LOWERED:
            single.impl(name, partial(_lowered, _overload(name)), _AUTOCAST)
    return torch.device(NAME, 0)


def _overload(name: str) -> Any:
    packet, _, overload = name.partition(".")
    return getattr(getattr(torch.ops.aten, packet), overload or "default")


def _lowered(func: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Run an operation in the precision of autocast, which leaves float64 alone."""
    wanted = torch.get_autocast_dtype(NAME)

    def cast(tensor: Tensor) -> Tensor:
        lowered = tensor.is_floating_point() and tensor.dtype != torch.float64
        return tensor.to(wanted) if lowered else tensor

    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)
    with torch._C._ExcludeDispatchKeyGuard(keys):
        real = {key: _mapped(value, cast) for key, value in kwargs.items()}
        return func(*(_mapped(value, cast) for value in args), **real)


class _Backend(backend_registration._DummyBackendModule):
    """What torch asks of `torch.pretend`; its random numbers are the CPU's, and seeded as such."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


class Pretend(Tensor):
    """A tensor of the device; `carried` is the one that it carries."""

    carried: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, real: Tensor) -> Pretend:
        made: Pretend = Tensor._make_wrapper_subclass(
            cls,
            real.shape,
            strides=real.stride(),
            storage_offset=real.storage_offset(),
            dtype=real.dtype,
            device=torch.device(NAME, 0),
        )
        return made

    def __init__(self, real: Tensor) -> None:
        self.carried = real

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        return _compute(func, *args, **(kwargs or {}))

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        """Say what it carries, so that `Module.to` keeps its parameters' identity, as with CUDA."""
        return ["carried"], None

    @staticmethod
    def __tensor_unflatten__(inner: Any, _: Any, size: Any, stride: Any) -> Pretend:
        return Pretend(inner["carried"])

    def __repr__(self, **_: Any) -> str:
        return f"{NAME}({self.carried!r})"

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.carried.__reduce_ex__(protocol)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an operation's schema says."""

    name: str
    arguments: tuple[str, ...]
    written: tuple[bool, ...]
    takes_scalars: bool
    """Whether CPU tensors without dimensions may be among its arguments."""


@cache
def _facts(func: Any) -> _Facts:
    schema = func._schema
    return _Facts(
        schema.name,
        tuple(argument.name for argument in schema.arguments),
        tuple(bool(a.alias_info and a.alias_info.is_write) for a in schema.arguments),
        torch.Tag.pointwise in func.tags or schema.name in _TAKE_SCALARS,
    )


def _compute(func: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Run an operation on what its tensors carry, and return tensors of the device."""
    facts = _facts(func)
    named = list(zip(facts.arguments, facts.written, args, strict=False))
    rest = zip(facts.arguments, facts.written, strict=True)
    named += [(name, out, kwargs[name]) for name, out in rest if name in kwargs]
    ours = any(isinstance(leaf, Pretend) for _, _, value in named for leaf in _leaves(value))
    if ours and facts.name not in _COPIES:
        _refuse_mixture(func, facts, named)
    target = kwargs.get("device")
    here = ours if target is None else torch.device(target).type == NAME
    if here:
        _refuse_generator(named)
    real = {key: _mapped(value, _carried) for key, value in kwargs.items() if key != "pin_memory"}
    if target is not None:
        real["device"] = _CPU
    found = func(*(_mapped(value, _carried) for value in args), **real)
    written = [leaf for _, out, value in named if out for leaf in _leaves(value)]
    _refuse_stale(func, written)
    if facts.name in _COPIES:
        return args[0]
    return _wrapped(found, written) if here else found


def _leaves(value: Any) -> Iterator[Any]:
    """Yield an argument, or what lies in it where it is a list."""
    if isinstance(value, (list, tuple)):
        yield from value
    else:
        yield value


def _mapped(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """Return an argument, or a result, with its tensors changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(part, change) for part in value)
    return value


def _carried(tensor: Tensor) -> Tensor:
    return tensor.carried if isinstance(tensor, Pretend) else tensor


def _wrapped(found: Any, written: Iterable[Any]) -> Any:
    """Return results as tensors of the device, those written to as the tensors that they were."""
    known = {id(leaf.carried): leaf for leaf in written if isinstance(leaf, Pretend)}

    def wrapped(tensor: Tensor) -> Tensor:
        return known[id(tensor)] if id(tensor) in known else Pretend(tensor)

    return _mapped(found, wrapped)


_Named = Sequence[tuple[str, bool, Any]]
"""Name of each argument given, whether it is written to, and its value."""


def _refuse_mixture(func: Any, facts: _Facts, named: _Named) -> None:
    """Raise RuntimeError, as CUDA does, where tensors are of both devices."""
    for name, out, value in named:
        if name == "indices" and facts.name in _INDEXED:
            continue
        for leaf in _leaves(value):
            foreign = isinstance(leaf, Tensor) and not isinstance(leaf, Pretend)
            if foreign and (out or leaf.ndim > 0 or not facts.takes_scalars):
                raise RuntimeError(
                    "Expected all tensors to be on the same device, but found at least two "
                    f"devices, {NAME}:0 and {leaf.device}! ({func}, argument {name})"
                )


def _refuse_generator(named: _Named) -> None:
    for _, _, value in named:
        if isinstance(value, torch.Generator):
            raise RuntimeError(
                f"Expected a '{NAME}' device type for generator but found '{value.device}'"
            )


def _refuse_stale(func: Any, written: Iterable[Any]) -> None:
    """Raise where an operation changed the shape of a tensor in place: the wrapper cannot."""
    for tensor in written:
        if isinstance(tensor, Pretend) and tensor.shape != tensor.carried.shape:
            raise NotImplementedError(f"the pretend device has no {func}")
