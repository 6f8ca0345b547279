"""Files that are whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from translate.part import part_stem, stem_of, whole


def true_path(path: Path) -> Path:
    """Return the path with links followed; of links that go round in a circle, what there is."""
    return Path(os.path.realpath(path))


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Give a path beside `path`, whose folder is made, to write to: see `whole`.

    Nothing is forced to the disk: what a power cut takes is found out by its digest, and made
    again. (Waiting for the disk would take longer than most pictures.)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part:
        yield part


def sweep(outputs: Iterable[Path]) -> None:
    """Remove what killed runs have left beside outputs that will be made."""
    wanted: dict[Path, set[str]] = {}
    for output in outputs:
        wanted.setdefault(output.parent, set()).add(part_stem(output.name))
    for folder, names in wanted.items():
        for part in folder.glob(".*.part") if folder.is_dir() else ():
            if stem_of(part.name) in names:
                with suppress(OSError):
                    part.unlink()
