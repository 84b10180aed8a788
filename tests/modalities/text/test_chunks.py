"""The remembered tokeniser gives what NLTK gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mmcli.modalities.text.chunks import ChunkTokenizer
from mmcli.modalities.text.parts import part

NLTK = part("nltk.tokenize.destructive").NLTKWordTokenizer().tokenize
FAST = ChunkTokenizer(NLTK, lambda tokens: tokens)
PIECES = st.sampled_from(
    [
        "cannot",
        "wanna",
        "gonna",
        "don't",
        "I'll",
        "'tis",
        "d'ye",
        "more'n",
        "3.14",
        "1,000",
        "a,b",
        "U.S.",
        "...",
        "--",
        "well-known",
        "x",
        "café",
        "5%",
        *list("\u00bb\u201d\u2019\u201c\u2018\u201e"),
        *list(".,:;!?'\"`()[]{}<>@#$&*-/\\_~^|+=0aZ"),
        "''",
        "``",
        '"x',
        'x"',
        "'x",
        "x'",
        "s'",
        "'s",
        "n't",
    ]
)
CHUNKS = st.lists(PIECES, min_size=1, max_size=4).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.from_regex(r"([A-Za-z]{1,6}|cannot|wanna|gonna|Gimme|can|not)[.,:;!?]?", fullmatch=True), min_size=1, max_size=6))
def test_simple_words_equal_nltk(chunks):
    text = " ".join(chunks)
    assert FAST(text) == NLTK(text)


@settings(max_examples=600, deadline=None)
@given(st.lists(CHUNKS, min_size=1, max_size=8))
def test_tokens_equal_nltk(chunks):
    text = " ".join(chunks)
    assert FAST(text) == NLTK(text)


def test_kinds_of_blanks_make_no_difference():
    assert FAST("one\ttwo\u2003three") == ["one", "two", "three"]


def test_a_run_without_blanks_is_cut_in_linear_time():
    assert len(FAST("word " + "a@" * 50_000 + " word")) > 50_000


def test_finish_is_applied_to_every_place():
    upper = ChunkTokenizer(NLTK, lambda tokens: [token.upper() for token in tokens])
    assert upper("one two three.") == ["ONE", "TWO", "THREE", "."]
    assert upper("one.") == ["ONE", "."]
    assert upper('say "yes." )') == [token.upper() for token in NLTK('say "yes." )')]
