"""Which pictures a data folder offers for training, and which of them are held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from translate.batch import seed_for
from translate.errors import UsageError
from translate.images import FORMATS
from translate.recipe import DataKind
from translate.train.settings import Settings

SUFFIXES = frozenset({*FORMATS, ".npy"})
_HELD_OUT = ("val", "test")


@dataclass(frozen=True, slots=True)
class Source:
    """A picture file, or the left or right half of one."""

    path: Path
    half: Literal["", "left", "right"] = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What one place of a batch is filled from."""

    key: str
    """Path relative to its folder, without the suffix where it is one of a pair."""
    image: Source
    reference: Source | None = None
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The training or the held-out pictures; `others` are those of B where nothing is paired."""

    items: tuple[Item, ...] = ()
    others: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the data folder."""

    train: Part
    held_out: Part
    problems: tuple[str, ...] = ()
    """One line per picture that is left out."""


_Reader = Callable[[Path, Settings], list[Item]]


def find(kind: DataKind, settings: Settings) -> Found:
    """Look through the data folder of a run.

    Raises:
        UsageError: there is no such folder, or its layout is not one for this kind of data.
    """
    root = Path(settings.data)
    if not root.is_dir():
        raise UsageError(f"{root}: no such data folder")
    if kind == "unpaired":
        return _unpaired(root, settings)
    if kind == "captioned":
        return _captioned(root, settings)
    if kind == "single":
        return _halved(root, settings, _singles)
    if settings.from_pipeline:
        return _halved(root, settings, _from_pipeline)
    if settings.layout == "side-by-side":
        return _halved(root, settings, _side_by_side)
    trained = _sided(root, settings, "train")
    if trained is not None:
        return _paired(root, trained, settings)
    if settings.layout == "folders":
        raise UsageError(f"{root}: has no folders {settings.a}/ and {settings.b}/; see --a and --b")
    return _halved(root, settings, _side_by_side)


def pictures(folder: Path) -> list[Path]:
    """Return the picture files below `folder`, sorted; hidden ones are left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _singles(folder: Path, settings: Settings) -> list[Item]:
    return [Item(path.relative_to(folder).as_posix(), Source(path)) for path in pictures(folder)]


def _from_pipeline(folder: Path, settings: Settings) -> list[Item]:
    return [replace(item, reference=item.image) for item in _singles(folder, settings)]


def _side_by_side(folder: Path, settings: Settings) -> list[Item]:
    first, second = ("left", "right") if settings.direction == "a2b" else ("right", "left")
    return [
        Item(
            path.relative_to(folder).with_suffix("").as_posix(),
            Source(path, first),  # type: ignore[arg-type]
            Source(path, second),  # type: ignore[arg-type]
        )
        for path in pictures(folder)
    ]


def _halved(root: Path, settings: Settings, read: _Reader) -> Found:
    """Split one folder of items: by its `train` and `val` folders, or by the keys' hashes."""
    inside = root / "train" if (root / "train").is_dir() else root
    for name in _HELD_OUT:
        if (root / name).is_dir() and inside != root:
            return Found(
                Part(tuple(read(inside, settings))), Part(tuple(read(root / name, settings)))
            )
    train, held_out = cut(read(inside, settings), settings.val)
    return Found(Part(train), Part(held_out))


def cut(items: Sequence[Item], share: float) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Hold out about `share` of the items: by a hash of the key, so that the same always are."""
    held = [seed_for("held-out", item.key) < share * 2**63 for item in items]
    return (
        tuple(item for item, out in zip(items, held, strict=True) if not out),
        tuple(item for item, out in zip(items, held, strict=True) if out),
    )


def _sided(root: Path, settings: Settings, phase: str) -> tuple[Path, Path] | None:
    """Return the folders of A and B of a phase: `train/A`, `trainA`, or for training `A`."""
    names = [(f"{phase}/{settings.a}", f"{phase}/{settings.b}")]
    names.append((f"{phase}{settings.a}", f"{phase}{settings.b}"))
    if phase == "train":
        names.append((settings.a, settings.b))
    for a, b in names:
        if (root / a).is_dir() and (root / b).is_dir():
            pair = root / a, root / b
            return pair if settings.direction == "a2b" else pair[::-1]
    return None


def _by_stem(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Return the pictures by relative path without suffix, and a line per stem held twice."""
    found: dict[str, Path] = {}
    problems = []
    for path in pictures(folder):
        key = path.relative_to(folder).with_suffix("").as_posix()
        if key in found:
            problems.append(f"{path}: left out, since {found[key].name} has the same stem")
        else:
            found[key] = path
    return found, problems


def _pairs(a: Path, b: Path) -> tuple[list[Item], list[str]]:
    inputs, problems = _by_stem(a)
    targets, more = _by_stem(b)
    problems += more
    problems += [f"{inputs[k]}: has no partner in {b}" for k in inputs if k not in targets]
    problems += [f"{targets[k]}: has no partner in {a}" for k in targets if k not in inputs]
    both = [k for k in inputs if k in targets]
    return [Item(k, Source(inputs[k]), Source(targets[k])) for k in both], problems


def _paired(root: Path, folders: tuple[Path, Path], settings: Settings) -> Found:
    items, problems = _pairs(*folders)
    for phase in _HELD_OUT:
        held = _sided(root, settings, phase)
        if held is not None:
            others, more = _pairs(*held)
            return Found(Part(tuple(items)), Part(tuple(others)), (*problems, *more))
    train, held_out = cut(items, settings.val)
    return Found(Part(train), Part(held_out), tuple(problems))


def _unpaired(root: Path, settings: Settings) -> Found:
    folders = _sided(root, settings, "train")
    if folders is None:
        raise UsageError(
            f"{root}: has neither {settings.a}/ and {settings.b}/ nor train{settings.a}/ and "
            f"train{settings.b}/; other names are given by --a and --b"
        )
    a, b = (_singles(folder, settings) for folder in folders)
    for phase in _HELD_OUT:
        held = _sided(root, settings, phase)
        if held is not None:
            first, second = (tuple(_singles(folder, settings)) for folder in held)
            return Found(Part(tuple(a), tuple(b)), Part(first, second))
    train_a, held_a = cut(a, settings.val)
    train_b, held_b = cut(b, settings.val)
    return Found(Part(train_a, train_b), Part(held_a, held_b))


def _captioned(root: Path, settings: Settings) -> Found:
    rows = _captions(root / "captions.tsv")
    problems = tuple(
        f"{root / key}: has a caption, but is not there"
        for key in rows
        if not (root / key).is_file()
    )
    items = [
        (Item(key, Source(root / key), prompt=caption), split)
        for key, (caption, split) in rows.items()
        if (root / key).is_file()
    ]
    if any(split for _, split in items):
        train = tuple(item for item, split in items if split == "train")
        return Found(Part(train), Part(tuple(i for i, s in items if s in _HELD_OUT)), problems)
    train, held_out = cut([item for item, _ in items], settings.val)
    return Found(Part(train), Part(held_out), problems)


def _captions(path: Path) -> Mapping[str, tuple[str, str]]:
    """Read `path<TAB>caption[<TAB>train|val]` lines; a first line that starts `path` is a heading.

    Raises:
        UsageError: there is no such file, or a line has no caption.
    """
    if not path.is_file():
        raise UsageError(f"{path}: missing; it holds a line 'path<TAB>caption' for each picture")
    captions = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = [*line.split("\t"), ""]
        if len(cells) < 3:
            raise UsageError(f"{path}:{number}: expected path<TAB>caption")
        if number > 1 or cells[0] != "path":
            captions[cells[0]] = (cells[1], cells[2])
    return captions
