"""The inline chain: `gray | upscale-bicubic factor=2`, as typed on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from translate.errors import Location, PipelineError
from translate.pipeline.model import Pipeline, Place, Step
from translate.pipeline.values import parse_value

SOURCE = "chain"
# A word: runs of plain characters, quoted texts and bracketed values, in any order.
_WORD = re.compile(
    r"""(?:[^\s|'"\\\[{]|\\.|'[^']*'|"(?:\\.|[^"\\])*"|\[[^\]]*\]|\{[^}]*\})+""", re.DOTALL
)
_QUOTED = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)""", re.DOTALL)


class _Word(NamedTuple):
    text: str
    column: int


def read_chain(text: str) -> Pipeline:
    """Return the pipeline of an inline chain.

    Stages are parted by `|`; a parameter is `key=value`. Quotes are the shell's, and a value in
    quotes is text; without, it is read as in YAML: `factor=2`, `size=[640, 480]`, `fit=none`.

    Raises:
        PipelineError: an empty step, an open quote, or a word that is no `key=value`.
    """
    if not text.strip():
        raise PipelineError("the pipeline is empty; give stages, such as 'gray | invert'")
    steps = tuple(_step(words, column) for words, column in _parts(text))
    return Pipeline(name=" | ".join(step.stage for step in steps), steps=steps)


def _at(column: int) -> Location:
    return Location(SOURCE, 1, column)


def _parts(text: str) -> Iterator[tuple[list[_Word], int]]:
    """Yield the words of each step, and the column where the step ends."""
    words: list[_Word] = []
    position = 0
    while position < len(text):
        if text[position] == "|":
            yield words, position + 1
            words = []
            position += 1
        elif text[position].isspace():
            position += 1
        elif match := _WORD.match(text, position):
            words.append(_Word(match.group(), position + 1))
            position = match.end()
        else:
            kind = "quote" if text[position] in "'\"" else "bracket"
            raise PipelineError(f"a {kind} is opened and not closed", _at(position + 1))
    yield words, len(text) + 1


def _step(words: list[_Word], end: int) -> Step:
    if not words:
        raise PipelineError("a step is empty; '|' stands between two stages", _at(end))
    name, *rest = words
    if "=" in name.text:
        raise PipelineError(f"a step begins with a stage's name, not '{name.text}'",
                            _at(name.column))  # fmt: skip
    params: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for word in rest:
        key, equals, value = word.text.partition("=")
        if not equals or not key:
            raise PipelineError(
                f"'{word.text}' is no parameter: write key=value, or '|' before the next stage",
                _at(word.column),
            )
        if key in params:
            raise PipelineError(f"'{key}' is given twice", _at(word.column))
        params[key] = _value(value, _at(word.column))
        places[key] = _at(word.column)
    return Step(_unquote(name.text), params, _at(name.column), places)


def _value(text: str, where: Location) -> Any:
    if text[:1] not in ("[", "{"):
        plain = _unquote(text)
        if plain != text:
            return plain
    try:
        return parse_value(text)
    except ValueError as error:
        raise PipelineError(str(error), where) from None


def _unquote(text: str) -> str:
    def inner(match: re.Match[str]) -> str:
        single, double, escaped = match.groups()
        if single is not None:
            return single
        return re.sub(r"\\(.)", r"\1", double) if double is not None else escaped

    return _QUOTED.sub(inner, text)
