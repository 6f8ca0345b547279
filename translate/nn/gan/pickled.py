"""Shapes of the tensors in a PyTorch file, read without torch and without running its code."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from translate.errors import WeightsError

_ZIP = b"PK\x03\x04"
_LEGACY_HEADERS = 3
"""Objects before the state_dict in files from before PyTorch 1.6: magic, protocol, system."""


class _Shape(tuple[int, ...]):
    """Stands for a tensor."""


def _tensor(storage: object, offset: int, size: tuple[int, ...], *rest: object) -> _Shape:
    return _Shape(size)


def _parameter(data: object, *rest: object) -> object:
    return data


class _Storage:
    """Stands for a storage type, which is named but never made."""


_KNOWN = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
}


class _ForeignError(pickle.UnpicklingError):
    """The file names a class or function that no tensor needs."""


class _Reader(pickle.Unpickler):
    """An unpickler that makes nothing but containers and shapes."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a known name; every other one is refused."""
        if module == "torch" and name.endswith("Storage"):
            return _Storage
        try:
            return _KNOWN[module, name]
        except KeyError as error:
            raise _ForeignError(f"{module}.{name}") from error

    def persistent_load(self, pid: Any) -> None:
        """Leave the numbers in the file."""


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a state_dict, by key.

    Reads the zip files of today and the plain ones from before PyTorch 1.6, with a state_dict at
    the top or under "state_dict", "params_ema" or "params".

    Raises:
        WeightsError: missing, damaged, or it holds more than tensors.
    """
    try:
        with path.open("rb") as file:
            found = _read_zip(file) if file.read(4) == _ZIP else _read_legacy(file)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from error
    except _ForeignError as error:
        raise WeightsError(
            f"{path}: refused, since it holds more than tensors ({error}); "
            "save its state_dict() alone, or as safetensors"
        ) from error
    except Exception as error:
        # A damaged pickle can raise nearly anything: EOFError, IndexError, KeyError, ...
        raise WeightsError(f"{path}: not a PyTorch checkpoint, or a damaged one") from error
    return _shapes(found)


def _read_zip(file: IO[bytes]) -> Any:
    # Imported late, for it takes longer than all the rest of this module.
    import zipfile

    with zipfile.ZipFile(file) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
        with archive.open(name) as data:
            return _Reader(data).load()


def _read_legacy(file: IO[bytes]) -> Any:
    file.seek(0)
    for _ in range(_LEGACY_HEADERS):
        _Reader(file).load()
    return _Reader(file).load()


def _shapes(found: Any) -> dict[str, tuple[int, ...]]:
    for wrapper in ("state_dict", "params_ema", "params"):
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
            break
    if not isinstance(found, Mapping):
        return {}
    return {k: tuple(v) for k, v in found.items() if isinstance(k, str) and isinstance(v, _Shape)}
