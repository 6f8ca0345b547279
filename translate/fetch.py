"""Fetching registered weights, when and only when they are asked for."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

from translate.errors import WeightsError
from translate.weights import Store, Weights, digest

_CHUNK = 1 << 20
_PATIENCE = 60.0
Progress = Callable[[int, int | None], None]
"""Told how many bytes have come, and how many there are in all where that is known."""


def fetch(entry: Weights, store: Store, progress: Progress = lambda done, total: None) -> Path:
    """Download weights, check their digest, and return the file. A file that exists is whole.

    Args:
        entry: registered weights with a url and a sha256.
        store: says where they are kept, and whether fetching is allowed.
        progress: called after every chunk.

    Raises:
        WeightsError: offline, no url or digest, unreachable, or not the file that was promised.
    """
    if not entry.url or not entry.sha256:
        raise WeightsError(f"weights '{entry.name}' have no URL with a SHA-256 to be fetched from")
    target = store.fetched(entry)
    if target.is_file() and digest(target) == entry.sha256:
        return target
    if store.offline:
        raise WeightsError(f"weights '{entry.name}' are not here, and --offline forbids fetching")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            found = _download(entry.url, file, progress)
        if found != entry.sha256:
            raise WeightsError(
                f"weights '{entry.name}': what came from {entry.url} is not what was promised "
                f"(SHA-256 {found[:12]}…, not {entry.sha256[:12]}…); it was thrown away"
            )
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return target


def _download(url: str, file: BinaryIO, progress: Progress) -> str:
    """Write what `url` holds to `file`; return its SHA-256 in hex."""
    sha = hashlib.sha256()
    done = 0
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:
            length = answer.headers.get("Content-Length")
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                sha.update(chunk)
                done += len(chunk)
                progress(done, int(length) if length else None)
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise WeightsError(f"{url}: cannot be fetched ({reason})") from None
    return sha.hexdigest()
