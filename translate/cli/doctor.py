"""`translate doctor`: what this machine offers, and what stands in the way."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer

from translate.cli.options import Json, registry_of, store_of
from translate.cli.text import print_json, print_table, size_of

if TYPE_CHECKING:
    from translate.plugins import Registry

EXAMPLES = """
translate doctor
translate doctor --json
"""
_NEEDS = (
    "kornia",
    "lightning-fabric",
    "numpy",
    "pillow",
    "pydantic",
    "safetensors",
    "simplejpeg",
    "torchvision",
)
_SLOW = 1.0
"""Seconds that a plugin should not take to load: it imports what belongs into `load`."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "warn", "bad"]
    detail: str


def command(json: Json = False) -> None:
    """Show what this machine offers, and what is wrong.

    Ends with 3 where something keeps translate from working.
    """
    found = list(examine())
    if json:
        print_json([finding._asdict() for finding in found])
    else:
        print_table(found)
    if any(finding.state == "bad" for finding in found):
        raise typer.Exit(3)


def examine() -> Iterator[Finding]:
    """Yield what is found, from the outside in."""
    import translate

    registry = registry_of(())  # before torch is imported, so that a plugin that imports it shows
    yield Finding("translate", "ok", f"{translate.__version__}, Python {platform.python_version()}")
    yield _namesake()
    yield _packages()
    yield from _torch()
    yield _machine()
    yield _formats()
    yield from _plugins(registry)


def _version(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def _namesake() -> Finding:
    """The PyPI package `translate`, a text translator, owns the same import name."""
    if version := _version("translate"):
        detail = f"the package 'translate' {version} is installed too and overwrites this one: "
        return Finding("name", "bad", detail + "pip uninstall translate, then install again")
    return Finding("name", "ok", "no other package called 'translate'")


def _packages() -> Finding:
    versions = {name: _version(name) for name in _NEEDS}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return Finding("packages", "bad", f"missing: {', '.join(missing)}; install again")
    return Finding("packages", "ok", ", ".join(f"{n} {v}" for n, v in versions.items()))


def _torch() -> Iterator[Finding]:
    try:
        import torch
    # A broken installation of torch fails with OSError as often as with ImportError.
    except (ImportError, OSError) as error:
        yield Finding("torch", "bad", f"cannot be imported: {error}")
        return
    capability = torch.backends.cpu.get_cpu_capability()
    bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    half = "bfloat16" if bf16 else "float32 only"
    yield Finding("torch", "ok", f"{torch.__version__}, CPU {capability}, {half}")
    for index in range(torch.cuda.device_count()):
        facts = torch.cuda.get_device_properties(index)
        yield Finding(f"cuda:{index}", "ok", f"{facts.name}, {size_of(facts.total_memory)}")
    if not torch.cuda.is_available():
        yield Finding("cuda", "ok", "no CUDA device; pipelines run on the CPU")


def _machine() -> Finding:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    names = getattr(os, "sysconf_names", {})
    memory = ""
    if "SC_PHYS_PAGES" in names:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {size_of(total)} of memory"
    return Finding("machine", "ok", f"{platform.machine()}, {cores} cores{memory}")


def _formats() -> Finding:
    from PIL import features

    wanted = {"jpg": "JPEG", "zlib": "PNG", "webp": "WebP", "avif": "AVIF", "libtiff": "TIFF"}
    lacking = [name for feature, name in wanted.items() if not features.check(feature)]
    if lacking:
        return Finding("formats", "warn", f"this Pillow cannot read {', '.join(lacking)}")
    return Finding("formats", "ok", ", ".join([*wanted.values(), "BMP", "GIF"]))


def _plugins(registry: Registry) -> Iterator[Finding]:
    wrong = [f"{r.name} is broken: {r.problem}" for r in registry.reports if r.problem]
    wrong += [
        f"{r.name} takes {r.seconds:.1f} s to load, and every command waits for it"
        for r in registry.reports
        if r.seconds > _SLOW
    ]
    found = f"{len(registry.stages)} stages from {len(registry.reports)} plugins"
    yield Finding("plugins", "warn" if wrong else "ok", "; ".join([found, *wrong]))
    entries = registry.weights
    lost = [name for name, entry in entries.items() if entry.path and not entry.path.is_file()]
    if lost:
        yield Finding(
            "weights", "bad", f"not where they should be: {', '.join(lost)}; install again"
        )
    else:
        home = store_of(registry).home
        yield Finding("weights", "ok", f"{len(entries)} known; fetched ones lie in {home}")
