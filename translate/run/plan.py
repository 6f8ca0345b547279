"""What will be made of what, decided before anything runs."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from translate.errors import InputError, PlanError, UsageError
from translate.images import DEFAULT_MAX_PIXELS, FORMATS, probe
from translate.pipeline.ask import size_after
from translate.run.journal import Journal
from translate.run.options import Options
from translate.run.place import true_path
from translate.run.recipe import input_digest, item_recipe, run_recipe, same_bytes
from translate.run.results import Size
from translate.run.sidecars import Beside, Matcher, Sidecars
from translate.run.sources import Filter, Source, find_sources
from translate.stage import Stage
from translate.weights import Store

NOTHING: Size = (0, 0)
"""What is said of an input that is no picture, such as a prompt."""
BLANK: Size = (1, 1)
"""Size of the black picture that a pipeline gets where it starts from a prompt alone."""

Action = Literal["make", "skip", "fail"]


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to make."""

    key: str
    source: Path | None
    """None where a prompt is all there is."""
    output: Path
    beside: Beside = field(default_factory=Beside)
    size: Size | None = None
    """Of the input; None = not read, or it cannot be read (then `why` says so)."""
    out_size: Size | None = None
    action: Action = "make"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a run will do."""

    items: tuple[Item, ...]
    journal: Journal
    recipe: str
    """Digest of what all items share: steps, weights, settings."""

    def counts(self) -> dict[str, int]:
        """Return how many items there are of each action."""
        return dict(Counter(item.action for item in self.items))


def make_plan(
    inputs: Sequence[str | Path],
    output: str | Path,
    *,
    steps: Sequence[Stage],
    store: Store,
    options: Options | None = None,
    sidecars: Sidecars | None = None,
    listed: Iterable[str] = (),
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    sizes: bool = True,
) -> Plan:
    """Decide what is made of what, what is there already, and that nothing gets lost.

    Args:
        inputs: files, folders, patterns.
        output: a folder, or a picture file where there is one input.
        steps: the pipeline.
        store: where weights are found.
        options: settings of the run.
        sidecars: masks, references and prompts.
        listed: lines of a list of files, such as `find` writes.
        include: patterns on the path inside the folder, or the name; none = all.
        exclude: patterns that win over `include`.
        sizes: whether headers are read to say the sizes of inputs and outputs.

    Raises:
        PlanError: an input is missing, nothing is found, an output would be written twice or over
            an input, or over a file that no run has made.
        WeightsError: weights that a step names are missing.
    """
    options, sidecars = options or Options(), sidecars or Sidecars()
    out = Path(output).expanduser()
    prompts = bool(steps) and "image" not in steps[0].contract(store).needs
    wanted = Filter(include, exclude, [out, *sidecars.folders()])
    _refuse_in_place(inputs, out)
    sources = list(dict.fromkeys(find_sources(inputs, listed, prompts, wanted)))
    if not sources:
        raise PlanError("no inputs: none were given, or --include/--exclude leave none")
    matcher = Matcher(sidecars)
    single = _is_file(out, inputs, sources)
    folder = out.parent if single else out
    items = [
        _item(source, out if single else out / _name(source.key, options), matcher)
        for source in sources
    ]
    _refuse_collisions(items)
    journal = Journal.read(folder)
    recipe = run_recipe(steps, store, options)
    items = [_decide(item, journal, recipe, options) for item in items]
    if sizes:
        most = options.max_pixels or DEFAULT_MAX_PIXELS
        items = [_measure(item, steps, most) for item in items]
    return Plan(tuple(items), journal, recipe)


def _refuse_in_place(inputs: Iterable[str | Path], out: Path) -> None:
    for given in inputs:
        path = Path(given).expanduser()
        if path.is_dir() and out.is_dir() and path.samefile(out):
            raise PlanError(
                f"'{out}' is both input and output; give another output folder, inputs are never "
                "overwritten"
            )


def _is_file(out: Path, inputs: Sequence[str | Path], sources: Sequence[Source]) -> bool:
    """Say whether the output is one picture file; else it is a folder."""
    if out.is_dir() or out.suffix.lower() not in FORMATS:
        if out.exists() and not out.is_dir():
            raise PlanError(f"output '{out}' is a file, but no picture; give a folder")
        return False
    if len(sources) > 1 or any(Path(given).is_dir() for given in inputs):
        raise PlanError(f"output '{out}' is one file, but there may be several; give a folder")
    return True


def _name(key: str, options: Options) -> Path:
    if options.format is None:
        return Path(key)
    suffix = "." + options.format.lower().lstrip(".")
    if suffix not in FORMATS:
        known = ", ".join(sorted(name.lstrip(".") for name in FORMATS))
        raise PlanError(f"--format {options.format}: not a format; known are {known}")
    return Path(key).with_suffix(suffix)


def _item(source: Source, output: Path, matcher: Matcher) -> Item:
    beside = matcher.beside(source.key, source.prompt)
    problem = source.problem or beside.problem
    item = Item(source.key, source.path, output, beside)
    return replace(item, action="fail", why=problem) if problem else item


def _refuse_collisions(items: Sequence[Item]) -> None:
    """Raise PlanError where two inputs share an output, or an output is an input.

    Names that differ in case or in Unicode form only are one file on many disks.
    """
    taken: dict[str, Item] = {}
    for item in items:
        first = taken.setdefault(_folded(item.output), item)
        if first is not item:
            raise PlanError(
                f"'{_origin(first)}' and '{_origin(item)}' would both be written to "
                f"'{item.output}'; give their common folder as input, or rename one"
            )
    for item in items:
        for path in (item.source, item.beside.mask, item.beside.reference):
            writer = taken.get(_folded(path)) if path else None
            if path and writer:
                raise PlanError(
                    f"the output of '{_origin(writer)}' would overwrite '{path}', which is read; "
                    "give another output"
                )


def _origin(item: Item) -> str:
    return str(item.source or item.key)


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", str(true_path(path))).casefold()


def _decide(item: Item, journal: Journal, recipe: str, options: Options) -> Item:
    """Return the item with what will be done, going by content and recipe, never by name."""
    if item.action == "fail":
        return item
    entry = journal.find(item.output)
    if options.overwrite:
        return replace(item, why="--overwrite" if item.output.exists() else "")
    if entry is None:
        if item.output.exists():
            raise PlanError(
                f"'{item.output}' exists, and no run of translate has made it; give another "
                "output, or --overwrite to replace it"
            )
        return item
    if not item.output.exists():
        return replace(item, why="was made, but is gone")
    if entry.recipe != item_recipe(item.key, item.beside, recipe):
        return replace(item, why="the pipeline, its weights, options or sidecars have changed")
    if entry.input != input_digest(item.source, item.beside):
        return replace(item, why="the input has changed")
    if not same_bytes(item.output, entry.result):
        return replace(item, why="the output has been changed or cut")
    return replace(item, action="skip", why="made already, from the same input and recipe")


def _measure(item: Item, steps: Sequence[Stage], most: int) -> Item:
    """Return the item with the sizes that its header and the steps promise.

    What has no header that can be read, or more than `most` pixels, cannot be made.
    """
    size: Size | None = None
    try:
        if item.source is None:
            size, out_size = NOTHING, BLANK
        else:
            header = probe(item.source, max_pixels=most)
            size = out_size = (header.height, header.width)
        for step in steps:
            out_size = size_after(step, *out_size)
    except (InputError, UsageError, ValueError) as error:
        if item.action == "make":
            item = replace(item, action="fail", why=str(error))
        return replace(item, size=size)
    return replace(item, size=size, out_size=out_size)
