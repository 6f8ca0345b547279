"""Learn byte-pair merges from captions (Sennrich et al. 2016), in the file format that CLIP uses.

    python -m translate_clip.merges captions.tsv vocabulary.txt.gz

The first line of the file is a comment; each further line is a merge, the most frequent first.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from translate_clip.tokenizer import merge, words_of

COUNT = 4096
"""How many merges are learned at most; one that is seen only once is not worth a token."""


def learn_merges(texts: Iterable[str], count: int = COUNT) -> list[tuple[str, str]]:
    """Return the pairs that are joined, in the order in which they are learned.

    Args:
        texts: captions.
        count: the most merges.
    """
    words = Counter(tuple(word) for text in texts for word in words_of(text))
    found: list[tuple[str, str]] = []
    while len(found) < count:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, seen in words.items():
            for pair in pairwise(word):
                pairs[pair] += seen
        # Of equally frequent pairs the first in the alphabet, so that the file is reproducible.
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < 2:
            break
        found.append(best)
        joined: Counter[tuple[str, ...]] = Counter()
        for word, seen in words.items():
            joined[tuple(merge(list(word), best))] += seen
        words = joined
    return found


def main(captions: Path, output: Path) -> None:
    """Write the merges of a tab-separated table with a column `caption`."""
    with captions.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        merges = learn_merges(row["caption"] for row in rows)
    lines = ["#version: translate 1", *(" ".join(pair) for pair in merges)]
    # No time stamp, so that the same captions give the same bytes.
    output.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
