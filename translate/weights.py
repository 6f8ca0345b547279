"""Weights: files that carry their own description, and the store that finds them by name."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from translate.errors import WeightsError, did_you_mean
from translate.part import whole

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")
_MAX_HEADER = 100_000_000
_PICKLED = (b"PK", b"\x80")
"""How what torch.save writes begins: as a zip archive, before PyTorch 1.6 as a pickle."""
_FOREIGN = "not a PyTorch checkpoint, or a damaged one; download or copy it again"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a plugin hands over by `register_weights`: a name, and where the file lies."""

    name: str
    path: Path | None = None
    """A file that the plugin ships."""
    url: str | None = None
    """Where it is fetched from when it is asked for, with `sha256`; never with --offline."""
    sha256: str | None = None
    license: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """What a weights file says of itself, read without loading a tensor."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the network, among them `generator`, its registered name."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """License, data, training command, metrics."""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An opened weights file: tensors by key, on the CPU."""

    path: Path
    tensors: Mapping[str, Tensor]
    config: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_header(path: Path) -> Header:
    """Return what a safetensors file says of itself, without importing torch.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MAX_HEADER:
                raise ValueError("header too long")
            header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {})
        shapes = {key: tuple(entry["shape"]) for key, entry in header.items()}
        config = json.loads(metadata.get("config", "{}"))
        if not isinstance(config, dict):
            raise ValueError("config is no mapping")
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror})") from error
    # RecursionError: brackets in brackets, a hundred thousand deep.
    except (
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise WeightsError(f"{path}: not a safetensors file, or a damaged one") from error
    return Header(config, {k: v for k, v in metadata.items() if k != "config"}, shapes)


def load_file(path: Path) -> Checkpoint:
    """Open a safetensors file, or a PyTorch one without running any code that it may hold.

    Wrappers that training programs put round a state_dict (`state_dict`, `params_ema`, ...) are
    left as they are for `pth` files: what the file holds is flattened to its tensors only when
    it is a plain mapping of tensors, or has one under `state_dict`, `params_ema`, `params` or,
    in any of them, `model`.

    Raises:
        WeightsError: missing, damaged, or a pickle that holds more than tensors.
    """
    if path.suffix == ".safetensors":
        header = read_header(path)
        from safetensors import SafetensorError
        from safetensors.torch import load_file as load_tensors

        try:
            return Checkpoint(path, load_tensors(path), header.config, header.metadata)
        except SafetensorError as error:
            raise WeightsError(f"{path}: damaged safetensors file ({error})") from error
    return Checkpoint(path, _state_dict(path, _unpickle(path)))


def _unpickle(path: Path) -> Any:
    import torch

    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # of TorchScript archives and other pickle protocols: what matters is raised
            warnings.simplefilter("ignore")
            pickled = file.read(2).startswith(_PICKLED)
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from error
    except pickle.UnpicklingError as error:
        if not pickled:  # a web page, say, or a picture
            raise WeightsError(f"{path}: {_FOREIGN}") from error
        raise WeightsError(
            f"{path}: refused, since it holds more than tensors and opening it would run its "
            "code; save its state_dict() alone with torch.save, or as safetensors"
        ) from error
    except Exception as error:
        # torch raises RuntimeError, EOFError, KeyError and more for files that are cut or foreign.
        raise WeightsError(f"{path}: {_FOREIGN}") from error


def _state_dict(path: Path, found: Any) -> dict[str, Tensor]:
    import torch

    for wrapper in ("state_dict", "params_ema", "params"):
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
            break
    if isinstance(found, Mapping) and isinstance(found.get("model"), Mapping):
        found = found["model"]
    tensors = (
        {k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, torch.Tensor)}
        if isinstance(found, Mapping)
        else {}
    )
    if not tensors:
        raise WeightsError(f"{path}: holds no tensors by name, so it is no state_dict")
    return tensors


def save_file(
    path: Path,
    tensors: Mapping[str, Tensor],
    config: Mapping[str, Any],
    metadata: Mapping[str, str],
) -> None:
    """Write a safetensors file that carries its config and metadata; whole or not at all."""
    from safetensors.torch import save

    meta = {**metadata, "config": json.dumps(config, sort_keys=True)}
    data = save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, meta)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part, part.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_home() -> Path:
    """Return the folder that fetched weights are kept in (`TRANSLATE_HOME` overrides it)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TRANSLATE_HOME") or Path(base) / "translate")


@dataclass(frozen=True)
class Store:
    """Finds weights by shipped name or by path."""

    entries: Mapping[str, Weights] = field(default_factory=dict)
    offline: bool = False
    home: Path = field(default_factory=cache_home)

    def locate(self, name: str) -> Path:
        """Return the file of `name`: a path, a shipped name, or one that was fetched before.

        Raises:
            WeightsError: nothing of that name, or it has not been fetched.
        """
        path = Path(name).expanduser()
        lies_here = name not in self.entries and path.is_file()
        if name.endswith(SUFFIXES) or os.sep in name or lies_here:
            if not path.is_file():
                raise WeightsError(f"{name}: no such weights file")
            return path
        entry = self.entries.get(name)
        if entry is None:
            known = ", ".join(sorted(self.entries)) or "none"
            hint = did_you_mean(name, self.entries) or f"; known are {known}, or give a file"
            raise WeightsError(f"no weights '{name}'{hint}")
        if entry.path is not None:
            if not entry.path.is_file():
                raise WeightsError(f"weights '{name}': {entry.path} is missing; install again")
            return entry.path
        fetched = self.fetched(entry)
        if not fetched.is_file():
            raise WeightsError(
                f"weights '{name}' are not here yet: 'translate weights fetch {name}' gets them "
                f"from {entry.url} ({entry.license or 'no license stated'})"
            )
        return fetched

    def fetched(self, entry: Weights) -> Path:
        """Return where weights that come from a URL are kept once they have been fetched."""
        return self.home / f"{entry.name}{Path(entry.url or '').suffix or '.safetensors'}"

    def header(self, name: str) -> Header:
        """Return what the weights say of themselves; empty for files that say nothing (.pth)."""
        path = self.locate(name)
        return read_header(path) if path.suffix == ".safetensors" else Header()

    def open(self, name: str) -> Checkpoint:
        """Open weights by name or path. Raises WeightsError."""
        return load_file(self.locate(name))

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the weights file."""
        return digest(self.locate(name))
