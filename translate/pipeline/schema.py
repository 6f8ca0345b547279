"""The JSON schema of pipeline files, made from every stage that is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from translate.pipeline.model import OUTSIDE
from translate.plugins import Registry
from translate.stage import Stage

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_STEP = "step"


def schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a pipeline file, for editors."""
    kinds = [registry.stages[name] for name in sorted(registry.stages)]
    found, names = _definitions(kinds)
    for kind, definition in names.items():
        _admit_stage_key(found[definition], kind)
    return {
        "$schema": DRAFT,
        "title": "translate pipeline",
        "type": "object",
        "required": ["steps"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "description": "What the pipeline is called."},
            "description": {"type": "string", "description": "One sentence about it."},
            "inputs": {
                "type": "array",
                "items": {"enum": list(OUTSIDE)},
                "description": "Slots that are given from outside.",
            },
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{_STEP}"}},
        },
        "$defs": {**found, _STEP: _step(names)},
    }


def _definitions(kinds: Sequence[type[Stage]]) -> tuple[dict[str, Any], dict[type[Stage], str]]:
    """Return the definitions of stages, and the name of each; a stage without words takes all."""
    try:
        references, definitions = models_json_schema(
            [(kind, "validation") for kind in kinds], ref_template="#/$defs/{model}"
        )
    # A stranger's field may be of a type that JSON has no words for; the others keep theirs.
    except Exception:
        good = [kind for kind in kinds if _has_words(kind)]
        if len(good) == len(kinds):
            raise
        found, names = _definitions(good)
        free = {kind: f"{kind.name}-any" for kind in kinds if kind not in good}
        found |= {name: {"type": "object"} for name in free.values()}
        return found, {kind: (names | free)[kind] for kind in kinds}
    return definitions.get("$defs", {}), {
        kind: references[kind, "validation"]["$ref"].rpartition("/")[2] for kind in kinds
    }


def _has_words(kind: type[Stage]) -> bool:
    try:
        kind.model_json_schema()
    except Exception:
        return False
    return True


def _admit_stage_key(definition: dict[str, Any], kind: type[Stage]) -> None:
    """Let a stage's own schema take the key that names it."""
    summary = (kind.__doc__ or "").strip().splitlines()
    properties = definition.setdefault("properties", {})
    properties["stage"] = {"const": kind.name, "description": summary[0] if summary else kind.name}
    definition["required"] = ["stage", *definition.get("required", [])]


def _step(names: dict[type[Stage], str]) -> dict[str, Any]:
    stages = [kind.name for kind in names]
    return {
        "anyOf": [{"enum": stages}, {"type": "object", "required": ["stage"]}],
        "properties": {"stage": {"enum": stages}},
        "allOf": [
            {
                "if": {
                    "type": "object",
                    "required": ["stage"],
                    "properties": {"stage": {"const": kind.name}},
                },
                "then": {"$ref": f"#/$defs/{definition}"},
            }
            for kind, definition in names.items()
        ],
    }
