"""Stages and their parameters in words, taken from the classes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from translate.cli.text import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from translate.plugins import Registry
    from translate.stage import Contract, Stage
    from translate.weights import Store

_BOUNDS = (
    ("exclusiveMinimum", "> {}"),
    ("minimum", "≥ {}"),
    ("exclusiveMaximum", "< {}"),
    ("maximum", "≤ {}"),
    ("multipleOf", "multiple of {}"),
)
_TYPES = {"integer": "int", "number": "float", "boolean": "true/false", "string": "text"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as people read it."""

    name: str
    type: str
    default: str
    """Empty where it must be given."""
    description: str


def parameters(kind: type[BaseModel]) -> list[Parameter]:
    """Return the fields of a stage, a recipe or a generator's configuration, in order."""
    try:
        schema = kind.model_json_schema()
    # A stranger's field may be of a type that JSON has no words for.
    except Exception:
        return [
            Parameter(
                name,
                "any",
                "" if field.is_required() else _plain(field.default),
                field.description or "",
            )
            for name, field in kind.model_fields.items()
        ]
    definitions: Mapping[str, Any] = schema.get("$defs", {})
    return [
        Parameter(
            name,
            _type(entry, definitions),
            _plain(entry["default"]) if "default" in entry else "",
            entry.get("description", ""),
        )
        for name, entry in schema.get("properties", {}).items()
    ]


def _type(entry: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in entry:
        return _type(definitions[entry["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in entry:
        return " or ".join(_type(choice, definitions) for choice in entry["anyOf"])
    if "enum" in entry or "const" in entry:
        return " | ".join(map(_plain, entry.get("enum", [entry.get("const")])))
    if entry.get("type") == "array":
        parts = entry.get("prefixItems") or [entry.get("items", {})]
        more = "" if "prefixItems" in entry else ", …"
        return f"[{', '.join(_type(part, definitions) for part in parts)}{more}]"
    if entry.get("type") == "null":
        return "null"
    words = [_TYPES.get(str(entry.get("type")), str(entry.get("type", "any")))]
    if "minimum" in entry and "maximum" in entry:
        return f"{words[0]} {_plain(entry['minimum'])} to {_plain(entry['maximum'])}"
    words += [text.format(_plain(entry[key])) for key, text in _BOUNDS if key in entry]
    return " ".join(words)


def _plain(value: Any) -> str:
    """Return a value as it is written in a pipeline file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_plain, value))}]"
    return str(value)


def contract_of(kind: type[Stage], store: Store) -> Contract | None:
    """Return a stage's contract with its defaults; None where it needs parameters or weights."""
    from translate.stage import Contract

    try:
        contract = kind().contract(store)
    # A plugin's stage may raise anything; the others are listed all the same.
    except Exception:
        return None
    return contract if isinstance(contract, Contract) else None


def plugin_of(name: str, registry: Registry) -> str:
    """Return the plugin that offers a stage."""
    return next((r.name for r in registry.reports if name in r.offers.get("stages", ())), "")


def summary(kind: type[Stage]) -> str:
    """Return the first line of a stage's help."""
    return first_line(kind.__doc__)
