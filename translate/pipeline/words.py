"""Pydantic's errors, said for the person who wrote the parameter."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from translate.errors import did_you_mean

_TYPES = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be text (in quotes)",
    "tuple": "must be a list, such as [640, 480]",
    "list": "must be a list, such as [640, 480]",
    "dict": "must be a mapping, such as {key: value}",
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "multiple_of": ("multiple_of", "must be a multiple of {}"),
    "string_pattern_mismatch": ("pattern", "must match {}"),
}
_PLURALS = {"too_short": "min_length", "too_long": "max_length"}


def in_words(error: ValidationError, kind: type[BaseModel]) -> list[tuple[str, str]]:
    """Return (parameter, what is wrong) for everything that a validation found.

    The alternatives of a union are joined by "or"; what concerns the whole model has the
    parameter "".
    """
    found: dict[str, list[ErrorDetails]] = {}
    for detail in error.errors():
        found.setdefault(str(detail["loc"][0]) if detail["loc"] else "", []).append(detail)
    return [(name, _message(name, details, kind)) for name, details in found.items()]


def _message(parameter: str, details: list[ErrorDetails], kind: type[BaseModel]) -> str:
    """Return what is wrong with one parameter, as one clause."""
    first = details[0]
    if first["type"] == "extra_forbidden":
        known = list(kind.model_fields)
        hint = did_you_mean(parameter, known) or f"; it takes {', '.join(known) or 'none'}"
        return f"no parameter '{parameter}'{hint}"
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return f"{parameter} must be given"
    expected = dict.fromkeys(_expectation(detail) for detail in details)
    text = f"{parameter} {' or '.join(expected)}".strip()
    return text if first["type"] in ("value_error", "missing") else f"{text}, not {_shown(first)}"


def _expectation(detail: ErrorDetails) -> str:
    code, context, message = detail["type"], detail.get("ctx", {}), detail["msg"]
    if code == "value_error":
        return str(context.get("error", message))
    if code == "missing":
        return "must have more entries"
    if code in _BOUNDS:
        key, words = _BOUNDS[code]
        return words.format(context[key])
    if code in ("literal_error", "enum"):
        return f"must be {context['expected']}"
    if code == "finite_number":
        return "must be a finite number"
    if code in _PLURALS:
        least = "at least" if code == "too_short" else "at most"
        return f"must have {least} {context[_PLURALS[code]]} entries"
    if code == "int_from_float":
        return _TYPES["int"]
    family = code.partition("_")[0]
    if code.endswith(("_type", "_parsing")) and family in _TYPES:
        return _TYPES[family]
    return message[:1].lower() + message[1:]


def _shown(detail: ErrorDetails) -> str:
    value = detail["input"]
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    text = "nothing" if value is None else text
    return text if len(text) <= 60 else f"{text[:57]}…"
