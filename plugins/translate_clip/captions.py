"""Captions beside pictures: which words there are, and which a picture has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from translate.errors import UsageError

_FILLERS = frozenset({"a", "an", "and", "of", "on", "in", "the", "with", "at", "to", "is", "by"})


def words_of(caption: str) -> list[str]:
    """Return the words of a text as generators know them: in lower case."""
    return re.findall(r"[^\W_]+", caption.lower())


@lru_cache(4)
def read_captions(path: str, prefix: str = "") -> Mapping[str, tuple[str, ...]]:
    """Return the words of each picture, by its path without `prefix`.

    Lines are `path<TAB>caption`, with more columns or not; others of another prefix are left out.

    Raises:
        UsageError: no such file, a line without caption, or none with the prefix.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise UsageError(f"captions '{path}': no such file")
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        key, tab, rest = line.partition("\t")
        if not tab:
            raise UsageError(f"{path}:{number}: expected path<TAB>caption")
        if key.startswith(prefix) and (number, key) != (1, "path"):
            found[key.removeprefix(prefix)] = tuple(words_of(rest.split("\t")[0]))
    if not found:
        raise UsageError(f"captions '{path}': no line begins with '{prefix}'")
    return found


def frequent_words(captions: Mapping[str, tuple[str, ...]], count: int) -> tuple[str, ...]:
    """Return the most frequent words in alphabetical order, fillers such as "the" left out."""
    counts = Counter(word for words in captions.values() for word in set(words))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(sorted([word for word, _ in ranked if word not in _FILLERS][:count]))
