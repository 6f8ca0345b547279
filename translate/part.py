"""Files that are whole or not there: until then they lie beside their place, under another name."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part", re.DOTALL)
_LONGEST = 255 - len("..01234567.part")
"""Bytes of a name that leave room for what is added; file systems hold 255."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a new path in the folder of `path`, which gets its name when the block ends well."""
    part = path.with_name(f".{part_stem(path.name)}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(path)
    # A KeyboardInterrupt must leave no partial file either.
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def part_stem(name: str) -> str:
    """Return what stands for a file's name in the names of its parts."""
    data = os.fsencode(name)
    return name if len(data) <= _LONGEST else hashlib.sha256(data).hexdigest()


def stem_of(part: str) -> str | None:
    """Return the `part_stem` in a part's name, or None where it is not named so."""
    match = _PART.fullmatch(part)
    return match[1] if match else None
