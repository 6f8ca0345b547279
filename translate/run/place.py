"""Files that are whole or not there."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it gets the real name when the block ends well.

    Nothing is forced to the disk: what a power cut takes is found out by its digest, and made
    again. (Waiting for the disk would take longer than most pictures.)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(path)
    # A KeyboardInterrupt must leave no partial file either.
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def sweep(outputs: Iterable[Path]) -> None:
    """Remove what killed runs have left beside outputs that will be made."""
    wanted: dict[Path, set[str]] = {}
    for output in outputs:
        wanted.setdefault(output.parent, set()).add(output.name)
    for folder, names in wanted.items():
        for part in folder.glob(".*.part") if folder.is_dir() else ():
            match = _PART.fullmatch(part.name)
            if match and match[1] in names:
                with suppress(OSError):
                    part.unlink()
