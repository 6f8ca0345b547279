"""What lies beside a picture: its mask, its reference picture, its prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from translate.errors import PlanError
from translate.images import FORMATS
from translate.run.texts import read_text


@dataclass(frozen=True, slots=True)
class Sidecars:
    """What is given for all pictures: one file for every picture, or a folder of one each.

    In a folder, the file of picture `a/b.jpg` is `a/b.jpg`, or `a/b` with another extension.
    """

    mask: Path | None = None
    reference: Path | None = None
    prompt: str | Path | None = None
    """A text for every picture; a file with one line (the same), or with a line
    `name<TAB>text` for each; or a folder of .txt files."""

    def folders(self) -> list[Path]:
        """Return the folders among them: they hold no inputs."""
        given = (self.mask, self.reference, self.prompt)
        return [path for path in given if isinstance(path, Path) and path.is_dir()]


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside one picture."""

    mask: Path | None = None
    reference: Path | None = None
    prompt: str | None = None
    problem: str | None = None
    """What was asked for and is not there."""


@dataclass(frozen=True)
class _Matched:
    """One sidecar option, ready to be asked for a key."""

    what: str
    one: Path | None = None
    folder: Path | None = None
    by_stem: Mapping[str, list[Path]] = field(default_factory=dict)

    def of(self, key: str) -> Path | None:
        if self.folder is None:
            return self.one
        found = self.by_stem.get(_stem(key), [])
        same = [p for p in found if p.relative_to(self.folder).as_posix() == key]
        if len(same or found) > 1:
            raise LookupError(f"several {self.what}s fit: {', '.join(map(str, found))}")
        if not found:
            raise LookupError(f"no {self.what} '{_stem(key)}' in folder '{self.folder}'")
        return (same or found)[0]


class Matcher:
    """Finds what lies beside each key. Folders are read once.

    Raises:
        PlanError: a file or folder that was given is not there.
    """

    def __init__(self, given: Sidecars) -> None:
        self._mask = _matched("mask", given.mask, FORMATS)
        self._reference = _matched("reference", given.reference, FORMATS)
        self._texts, self._prompt = _prompt(given.prompt)

    def beside(self, key: str, prompt: str | None = None) -> Beside:
        """Return what lies beside `key`; `prompt`, the item's own, goes first."""
        try:
            return Beside(
                self._mask.of(key), self._reference.of(key), prompt or self._prompt_of(key)
            )
        except (LookupError, PlanError) as error:
            return Beside(problem=str(error.args[0]))

    def _prompt_of(self, key: str) -> str | None:
        if self._texts is not None:
            name = PurePath(key).name
            for known in (key, _stem(key), name, PurePath(key).stem, ""):
                if known in self._texts:
                    return self._texts[known]
            raise LookupError(f"no prompt for '{key}'")
        path = self._prompt.of(key)
        return read_text(path).strip() if path else None


def _stem(key: str) -> str:
    return PurePath(key).with_suffix("").as_posix()


def _matched(what: str, given: Path | None, suffixes: Mapping[str, str]) -> _Matched:
    if given is None:
        return _Matched(what)
    if not given.exists():
        raise PlanError(f"no file or folder '{given}' for --{what}")
    if not given.is_dir():
        return _Matched(what, one=given)
    by_stem: dict[str, list[Path]] = {}
    for path in sorted(given.rglob("*")):
        if path.suffix.lower() in suffixes and path.is_file():
            by_stem.setdefault(_stem(path.relative_to(given).as_posix()), []).append(path)
    return _Matched(what, folder=given, by_stem=by_stem)


def _prompt(given: str | Path | None) -> tuple[Mapping[str, str] | None, _Matched]:
    """Return texts by key ("" = every key), or a folder of text files."""
    if given is None or isinstance(given, str):
        return ({"": given} if given else None), _Matched("prompt")
    if given.is_dir() or not given.exists():
        return None, _matched("prompt", given, {".txt": "text"})
    lines = [line for line in read_text(given).splitlines() if line.strip()]
    if len(lines) == 1 and "\t" not in lines[0]:
        return {"": lines[0].strip()}, _Matched("prompt")
    rows = [line.split("\t", 1) for line in lines]
    if wrong := next((row[0] for row in rows if len(row) < 2), None):
        raise PlanError(
            f"{given}: line '{wrong}' has no tab; give one line for all pictures, or "
            "'name<TAB>text' for each"
        )
    return {name.strip(): text.strip() for name, text in rows}, _Matched("prompt")
