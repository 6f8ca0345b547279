"""`translate weights`: list, fetch and convert the files that learned stages open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from translate.cli.options import (
    Json,
    Offline,
    PluginFiles,
    complete_weights,
    registry_of,
    store_of,
)
from translate.cli.text import epilog, note, print_json, print_table, size_of

if TYPE_CHECKING:
    from translate.weights import Store, Weights

EXAMPLES = """
translate weights
translate weights flat-to-3d
translate weights fetch flat-to-3d
translate weights convert latest_net_G.pth horse2zebra.safetensors
"""
_SHOW = "show"


class _Group(TyperGroup):
    """Lets `translate weights [NAME]` stand for `translate weights show [NAME]`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "-h", "--help"}
        return super().parse_args(ctx, args if args and args[0] in known else [_SHOW, *args])


app = typer.Typer(
    cls=_Group,
    help="List, show, fetch or convert weights.",
    epilog=epilog(EXAMPLES),
    rich_markup_mode=None,
    add_completion=False,
    subcommand_metavar="[NAME] | COMMAND [ARGS]...",
)
Name = Annotated[str, typer.Argument(help="Weights by name.", autocompletion=complete_weights)]


@app.command(_SHOW, epilog=epilog("translate weights show flat-to-3d --json"))
def show(
    name: Annotated[
        str | None,
        typer.Argument(help="A name, or a weights file.", autocompletion=complete_weights),
    ] = None,
    plugin: PluginFiles = None,
    json: Json = False,
) -> None:
    """List the weights, or show one of them or a file; the word `show` may be left out."""
    registry = registry_of(plugin)
    store = store_of(registry)
    if name is not None:
        facts = _whole(name, store)
        if json:
            print_json(facts)
        else:
            print_table([(key, _cut(str(value))) for key, value in facts.items()])
        return
    rows = [_facts(entry, store) for _, entry in sorted(registry.weights.items())]
    if json:
        print_json(rows)
    else:
        print_table([
            (r["name"], r["state"], size_of(r["bytes"]) if r["bytes"] else "",
             r["license"] or "no licence stated", r["description"]) for r in rows
        ])  # fmt: skip


def _cut(text: str, longest: int = 1000) -> str:
    """Return a value that may be a vocabulary as long as a screen can show it."""
    return text if len(text) <= longest else f"{text[:longest]}... (--json tells all)"


def _facts(entry: Weights, store: Store) -> dict[str, Any]:
    path = entry.path or store.fetched(entry)
    here = path.is_file()
    missing = "missing" if entry.path else "to fetch"
    return {
        "name": entry.name,
        "state": "here" if here else missing,
        "bytes": path.stat().st_size if here else None,
        "license": entry.license,
        "description": entry.description,
        "file": str(path),
        "url": entry.url,
    }


def _whole(name: str, store: Store) -> dict[str, Any]:
    """Return what is known of one weights file: its entry, its header, its digest."""
    entry = store.entries.get(name)
    if entry is not None and not (entry.path or store.fetched(entry)).is_file():
        return _facts(entry, store)
    path, header = store.locate(name), store.header(name)
    known = _facts(entry, store) if entry else {"file": str(path), "bytes": path.stat().st_size}
    facts = {"sha256": store.digest(name), "config": dict(header.config)}
    return {**known, **facts, **header.metadata, "tensors": len(header.shapes)}


@app.command(epilog=epilog("translate weights fetch flat-to-3d"))
def fetch(name: Name, plugin: PluginFiles = None, offline: Offline = False) -> None:
    """Fetch registered weights: says from where and under what licence, checks the digest."""
    from translate.errors import WeightsError, did_you_mean

    registry = registry_of(plugin)
    entry = registry.weights.get(name)
    if entry is None:
        raise WeightsError(f"no weights '{name}'{did_you_mean(name, registry.weights)}")
    fetch_weights(entry, store_of(registry, offline))


def fetch_weights(entry: Weights, store: Store) -> None:
    """Fetch one file, telling the person on stderr what comes from where."""
    from translate.fetch import fetch as download

    if entry.path is not None:
        note(f"weights '{entry.name}' come with translate: {entry.path}")
        return
    note(f"fetching '{entry.name}' from {entry.url}, licence: {entry.license or 'none stated'}")
    target = download(entry, store, _say_progress if sys.stderr.isatty() else lambda *_: None)
    note(f"weights '{entry.name}' are in {target} ({size_of(target.stat().st_size)})")


def _say_progress(done: int, total: int | None) -> None:
    of = f" of {size_of(total)}" if total else ""
    print(f"\r{size_of(done)}{of}   ", end="\r", file=sys.stderr, flush=True)


@app.command(epilog=epilog("translate weights convert latest_net_G.pth horse2zebra.safetensors"))
def convert(
    source: Annotated[Path, typer.Argument(metavar="FILE.pth", help="A PyTorch checkpoint.")],
    output: Annotated[
        Path, typer.Argument(metavar="OUT.safetensors", help="Where the tensors are written.")
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file.")] = False,
) -> None:
    """Copy the tensors of a checkpoint into safetensors, without running code that it may hold."""
    from translate.errors import UsageError
    from translate.nn.foreign import load_foreign
    from translate.weights import digest, save_file

    if output.suffix != ".safetensors":
        raise UsageError(f"{output}: the name must end in .safetensors")
    if output.exists() and not overwrite:
        raise UsageError(f"{output} is there already; --overwrite replaces it")
    found = load_foreign(source)
    origin = {"source": source.name, "source_sha256": digest(source)}
    save_file(output, found.tensors, found.config, {**found.metadata, **origin})
    note(f"wrote {output}: {len(found.tensors)} tensors, {size_of(output.stat().st_size)}")
