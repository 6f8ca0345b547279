"""Which result belongs to which picture."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import NamedTuple

from translate.errors import PlanError
from translate.images import FORMATS


class Row(NamedTuple):
    """What stands together on a sheet: a picture and its result, or a result alone."""

    name: str
    pictures: tuple[Path, ...]


class Pair(NamedTuple):
    """A picture before and after, and what it is called on a sheet."""

    name: str
    before: Path
    after: Path

    @property
    def row(self) -> Row:
        """Both, as a sheet shows them."""
        return Row(self.name, (self.before, self.after))


def pairs(before: Path, after: Path) -> list[Pair]:
    """Return the pictures that lie on both sides: two files, or files of one name or stem.

    Raises:
        PlanError: nothing to be compared.
    """
    for side in (before, after):
        if not side.exists():
            raise PlanError(f"no file or folder '{side}'")
    if before.is_file() and after.is_file():
        return [Pair(before.name, before, after)]
    if not (before.is_dir() and after.is_dir()):
        raise PlanError(f"give two pictures or two folders, not '{before}' and '{after}'")
    results = _pictures(after)
    of_stem = {_stem(path, after): path for path in results}
    of_name = {path.relative_to(after): path for path in results}
    found = [
        Pair(path.relative_to(before).as_posix(), path, made)
        for path in _pictures(before)
        if not path.is_relative_to(after)
        and (
            # a.jpg and a.png have results of one stem: that of the same name is theirs
            made := of_name.get(path.relative_to(before)) or of_stem.get(_stem(path, before))
        )
    ]
    if not found:
        raise PlanError(f"no picture in '{before}' has a namesake in '{after}'")
    return found


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in FORMATS)


def _stem(path: Path, folder: Path) -> PurePath:
    return PurePath(path.relative_to(folder)).with_suffix("")
