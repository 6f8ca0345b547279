"""The name under which a file lies beside its place until it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

_PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part", re.DOTALL)
_LONGEST = 255 - len("..01234567.part")
"""Bytes of a name that leave room for what is added; file systems hold 255."""


def part_beside(path: Path) -> Path:
    """Return a new path in the folder of `path`, to be written and then renamed to it."""
    return path.with_name(f".{part_stem(path.name)}.{secrets.token_hex(4)}.part")


def part_stem(name: str) -> str:
    """Return what stands for a file's name in the names of its parts."""
    data = os.fsencode(name)
    return name if len(data) <= _LONGEST else hashlib.sha256(data).hexdigest()


def stem_of(part: str) -> str | None:
    """Return the `part_stem` in a part's name, or None where it is not named so."""
    match = _PART.fullmatch(part)
    return match[1] if match else None
