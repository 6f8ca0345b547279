from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translate_clip.merges import learn_merges
from translate_clip.tokenizer import VOCABULARY, Tokenizer

TOKENIZER = Tokenizer(8)


def test_words_of_the_captions_are_single_tokens() -> None:
    assert len(TOKENIZER.encode("a photo of a cat")) == 5
    assert len(TOKENIZER.encode("zyzzyva")) > 1


def test_merges_are_learned_by_frequency_then_alphabet() -> None:
    # ab appears three times; then abc</w> and ab</w> once each are too rare.
    assert learn_merges(["abc ab", "ab"]) == [("a", "b</w>")]
    assert learn_merges(["aab aab"], 1) == [("a", "a")]
    assert learn_merges(["hug hug pug"]) == [("u", "g</w>"), ("h", "ug</w>")]


def test_rows_are_framed_filled_and_cut() -> None:
    rows, cut = TOKENIZER.rows(["cat", "a cat on a mat in a hat at last"])
    assert rows[0] == [TOKENIZER.start, *TOKENIZER.encode("cat"), TOKENIZER.end, 0, 0, 0, 0, 0]
    assert len(rows[1]) == 8
    assert (rows[1][0], rows[1][-1]) == (TOKENIZER.start, TOKENIZER.end)
    assert cut == [False, True]


@given(st.text())
def test_any_text_has_numbers_within_the_vocabulary(text: str) -> None:
    assert all(0 <= number < TOKENIZER.start for number in TOKENIZER.encode(text))


def test_case_spaces_and_entities_do_not_matter() -> None:
    assert TOKENIZER.encode("  Rock &amp;amp; Roll ") == TOKENIZER.encode("rock & roll")


@pytest.mark.parametrize(
    "text", ["It's 16:9, don't_you?!", "naïve Žluťoučký кот 日本 100%", "a flat icon of keycap 4"]
)
def test_open_clip_reads_the_same(text: str) -> None:
    library = pytest.importorskip("open_clip.tokenizer")
    theirs = library.SimpleTokenizer(bpe_path=str(VOCABULARY), context_length=32)
    assert theirs(text)[0].tolist() == Tokenizer(32).rows([text])[0][0]
    assert theirs.vocab_size == TOKENIZER.size
