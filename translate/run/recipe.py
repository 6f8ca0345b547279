"""Digests of what a result depends on. See docs/decisions/0003-journal.md."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import translate
from translate.run.options import Options
from translate.run.sidecars import Beside
from translate.stage import Stage
from translate.weights import Store, digest


def run_recipe(steps: Sequence[Stage], store: Store, options: Options) -> str:
    """Return the digest of what all items of a run share.

    Steps with their parameters and their code's file, the weights' bytes, the settings that shape
    an output, and the version of translate.

    Raises:
        WeightsError: weights that a step names are missing.
    """
    rows = [
        {
            "stage": step.name,
            "code": _code(type(step)),
            "parameters": step.model_dump(mode="json"),
            "weights": [store.digest(name) for name in step.contract(store).weights],
        }
        for step in steps
    ]
    return _of([translate.__version__, rows, options.shaping()])


def _code(kind: type[Stage]) -> str | None:
    """Return the digest of the file that defines a stage: whoever edits it wants new results."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return digest(Path(file)) if file and Path(file).is_file() else None


def item_recipe(key: str, beside: Beside, run: str) -> str:
    """Return the digest of everything but the input that an item's result depends on."""
    files = [digest(path) if path else None for path in (beside.mask, beside.reference)]
    return _of([run, key, files, beside.prompt])


def input_digest(source: Path | None, beside: Beside) -> str:
    """Return the digest of the picture, or of the prompt where there is none."""
    return digest(source) if source else _of([beside.prompt])


def same_bytes(path: Path, expected: str) -> bool:
    """Say whether a file has the digest that is expected of it."""
    try:
        return digest(path) == expected
    except OSError:
        return False


def _of(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
