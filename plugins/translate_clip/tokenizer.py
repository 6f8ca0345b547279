"""CLIP's byte-pair encoding (Radford et al. 2021), with merges of our own."""

from __future__ import annotations

import gzip
import html
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

VOCABULARY = Path(__file__).with_name("vocabulary.txt.gz")
"""Merges learned from our captions by `translate_clip.merges`, in the format of CLIP's file."""

_WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")
_END = "</w>"


def _byte_names() -> dict[int, str]:
    """Return a printable character for each byte, in the order of CLIP's vocabulary."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    plain += range(ord("®"), ord("ÿ") + 1)
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {
        byte: chr(256 + i) for i, byte in enumerate(others)
    }


@dataclass(frozen=True)
class Tokenizer:
    """Turns text into token numbers, as open_clip's `SimpleTokenizer` does with these merges."""

    context: int = 32
    """Length of every row of tokens, start and end included."""
    path: Path = VOCABULARY

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        lines = gzip.decompress(self.path.read_bytes()).decode().splitlines()[1:]
        pairs = [line.split() for line in lines if line.strip()]
        return {(a, b): rank for rank, (a, b) in enumerate(pairs)}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        names = self._bytes.values()
        units = [*names, *(name + _END for name in names), *(a + b for a, b in self._ranks)]
        return {unit: number for number, unit in enumerate(units)}

    @cached_property
    def _bytes(self) -> dict[int, str]:
        return _byte_names()

    @property
    def start(self) -> int:
        """Number of the token that begins a text."""
        return len(self._numbers)

    @property
    def end(self) -> int:
        """Number of the token that ends a text: the largest of all."""
        return len(self._numbers) + 1

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self._numbers) + 2

    def encode(self, text: str) -> list[int]:
        """Return the numbers of a text, without start and end, however long."""
        return [self._numbers[unit] for word in words_of(text) for unit in self._units(word)]

    def _units(self, word: list[str]) -> list[str]:
        units = list(word)
        while len(units) > 1:
            pairs = list(pairwise(units))
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            units = merge(units, best)
        return units

    def rows(self, texts: list[str]) -> tuple[list[list[int]], list[bool]]:
        """Return one row of `context` numbers for each text, and whether it had to be cut."""
        encoded = [self.encode(text) for text in texts]
        room = self.context - 2
        rows = [[self.start, *numbers[:room], self.end] for numbers in encoded]
        return [row + [0] * (self.context - len(row)) for row in rows], [
            len(numbers) > room for numbers in encoded
        ]


def words_of(text: str) -> list[list[str]]:
    """Return the words of a text, each as one printable character per byte, the last one marked."""
    names = _byte_names()
    clean = " ".join(html.unescape(html.unescape(text)).split()).lower()
    words = [[names[byte] for byte in word.encode()] for word in _WORD.findall(clean)]
    return [[*word[:-1], word[-1] + _END] for word in words]


def merge(units: list[str], pair: tuple[str, str]) -> list[str]:
    """Return `units` with each occurrence of `pair` joined, from left to right."""
    merged: list[str] = []
    i = 0
    while i < len(units):
        if tuple(units[i : i + 2]) == pair:
            merged.append(units[i] + units[i + 1])
            i += 2
        else:
            merged.append(units[i])
            i += 1
    return merged
