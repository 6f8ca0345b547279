"""Captions are read, and what is wrong with them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from translate import UsageError
from translate_clip.captions import frequent_words, read_captions


def test_captions_are_read_with_their_prefix(tmp_path: Path) -> None:
    path = tmp_path / "captions.tsv"
    path.write_text(
        "path\tcaption\tsplit\nemoji/a.webp\tA red cat, and a dog\ttrain\nb.jpg\tthe sea\ttest\n"
    )
    words = read_captions(str(path), "emoji/")
    assert words == {"a.webp": ("a", "red", "cat", "and", "a", "dog")}
    assert frequent_words(words, 2) == ("cat", "dog")
    with pytest.raises(UsageError, match="no line begins with 'x/'"):
        read_captions(str(path), "x/")
    with pytest.raises(UsageError, match="no such file"):
        read_captions(str(tmp_path / "none.tsv"))
    path.write_text("a.webp\n")
    with pytest.raises(UsageError, match=r"captions\.tsv:1: expected path<TAB>caption"):
        read_captions(str(path), "")
