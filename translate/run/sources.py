"""Inputs as they are named on the command line, turned into pictures with keys.

A key is where a picture's result lies under the output folder, and what its seed comes from:

* a folder: the path inside it;
* a pattern: the path below its fixed part (`photos/**/*.jpg` -> below `photos`);
* a file: its name;
* a line of a list: the path as written, without drive, root and `..`.
"""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from translate.errors import PlanError
from translate.images import FORMATS
from translate.run.place import true_path
from translate.run.texts import read_text

PROMPTS = ".txt"
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to translate: a file, or a prompt where there is no picture to start from."""

    key: str
    path: Path | None
    prompt: str | None = None
    problem: str | None = None
    """Why it cannot be made, where that is known before anything runs."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which pictures of folders and patterns are taken."""

    include: Sequence[str] = ()
    """Patterns on the key or the file's name; none = all."""
    exclude: Sequence[str] = ()
    leave_out: Sequence[Path] = ()
    """Folders that are passed over: the output, and those of masks and references."""

    def takes(self, key: str) -> bool:
        """Say whether the patterns let a key through."""
        names = (key, PurePath(key).name)

        def hit(patterns: Sequence[str]) -> bool:
            return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)

        return (not self.include or hit(self.include)) and not hit(self.exclude)


def find_sources(
    inputs: Iterable[str | Path], listed: Iterable[str], prompts: bool, wanted: Filter
) -> Iterator[Source]:
    """Yield what the inputs name, folders in sorted order.

    Args:
        inputs: files, folders and patterns.
        listed: lines of a list of files, such as `find` writes.
        prompts: whether a .txt file is read as prompts, one a line.
        wanted: which pictures are taken.

    Raises:
        PlanError: an input is missing, or a folder or pattern names no picture.
    """
    for given in inputs:
        path = Path(given).expanduser()
        if path.is_dir():
            yield from _some(_folder(path, wanted), f"no pictures in folder '{given}'", wanted)
        elif path.exists() and prompts and path.suffix.lower() == PROMPTS:
            yield from _prompts(path)
        elif path.exists():
            yield from (s for s in [Source(path.name, path)] if wanted.takes(s.key))
        elif _MAGIC.search(str(given)):
            yield from _some(_pattern(str(path), wanted), f"no pictures match '{given}'", wanted)
        else:
            raise PlanError(f"no file or folder '{given}'")
    for line in listed:
        if text := line.rstrip("\r\n"):
            yield from (s for s in [_line(text)] if wanted.takes(s.key))


def _some(found: Iterator[Source], otherwise: str, wanted: Filter) -> Iterator[Source]:
    first = next(found, None)
    if first is None:
        known = " ".join(sorted(FORMATS))
        patterns = " as --include and --exclude want" if wanted.include or wanted.exclude else ""
        raise PlanError(f"{otherwise}{patterns}; looked for {known}, hidden files left out")
    yield first
    yield from found


def _folder(root: Path, wanted: Filter) -> Iterator[Source]:
    out = {true_path(folder) for folder in wanted.leave_out} - {true_path(root)}
    seen: set[Path] = set()
    for place, folders, files in os.walk(root, followlinks=True):
        here = Path(place)
        seen.add(true_path(here))
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and true_path(here / name) not in out | seen
        )
        for name in sorted(files):
            key = (here / name).relative_to(root).as_posix()
            if _is_picture(name) and wanted.takes(key):
                yield Source(key, here / name)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and PurePath(name).suffix.lower() in FORMATS


def _pattern(pattern: str, wanted: Filter) -> Iterator[Source]:
    parts = PurePath(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    root = Path(*parts[:fixed])
    out = [true_path(folder) for folder in wanted.leave_out]
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207, Path.glob has no **/*.x with links
        path = Path(name)
        key = path.relative_to(root).as_posix()
        hidden = any(true_path(path).is_relative_to(folder) for folder in out)
        if path.is_file() and _is_picture(path.name) and wanted.takes(key) and not hidden:
            yield Source(key, path)


def _line(text: str) -> Source:
    path = Path(text).expanduser()
    parts = [p for p in path.parts if p not in (path.anchor, "..")]
    problem = None if path.is_file() else f"no such file '{text}'"
    return Source(PurePath(*parts).as_posix(), path, problem=problem)


def _prompts(path: Path) -> Iterator[Source]:
    """Yield a source per line of a text file; blank lines and `#` comments count for nothing."""
    lines = [line.strip() for line in read_text(path).splitlines()]
    if not any(line and not line.startswith("#") for line in lines):
        raise PlanError(f"no prompts in '{path}'; write one a line")
    for number, text in enumerate(lines, 1):
        if text and not text.startswith("#"):
            yield Source(f"{number:04d}-{slug(text)}.png", None, text)


def slug(text: str, longest: int = 48) -> str:
    """Return a text as part of a file name: lower-case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:longest].rstrip("-") or "prompt"
