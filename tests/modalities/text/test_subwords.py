"""Subwords are those of the published algorithms, with letters that were never seen left as they are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mmcli.modalities.text.subwords import learn, splitter

# The example of Sennrich et al. (2016), section 3.2.
COUNTS = {"▁low": 5, "▁lower": 2, "▁newest": 6, "▁widest": 3}
LETTERS = "▁lowernstidq字é"


def merged(word: str, merges: list[tuple[str, str]]) -> list[str]:
    """BPE as published: again and again the pair that was learned first, from the left."""
    ranks, parts = {pair: rank for rank, pair in enumerate(merges)}, list(word)
    while len(parts) > 1:
        rank, place = min((ranks.get(pair, len(ranks)), i) for i, pair in enumerate(pairwise(parts)))
        if rank == len(ranks):
            break
        parts[place : place + 2] = ["".join(parts[place : place + 2])]
    return parts


def longest_first(word: str, known: set[str]) -> list[str]:
    """WordPiece as published: again and again the longest piece that is known."""
    parts, at = [], 0
    while at < len(word):
        prefix = "##" if at else ""
        end = next((end for end in range(len(word), at, -1) if prefix + word[at:end] in known), at + 1)
        parts.append(prefix + word[at:end])
        at = end
    return parts


def words(count: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [*COUNTS, *("▁" + "".join(rng.choice(list(LETTERS[1:]), rng.integers(1, 12))) for _ in range(count))]


def test_bpe_merges_the_most_frequent_pairs() -> None:
    vocabulary, merges = learn("bpe", COUNTS, 30)
    assert merges[:3] == [("e", "s"), ("es", "t"), ("l", "o")]
    cut = splitter("bpe", vocabulary, merges)
    assert [cut(word) for word in ("▁lowest", "▁newest", "▁lot", "▁")] == [["▁low", "est"], ["▁newest"], ["▁lo", "t"], ["▁"]]


def test_wordpiece_takes_the_longest_piece() -> None:
    cut = splitter("wordpiece", ["▁", "▁un", "##a", "##aff", "##able", "##b", "##f", "##u", "##n"], [])
    assert cut("▁unaffable") == ["▁un", "##aff", "##able"]
    assert cut("▁unaffb") == ["▁un", "##aff", "##b"]
    assert cut("▁") == []


def test_letters_never_seen_stay_and_take_no_other_with_them() -> None:
    bpe = splitter("bpe", ["▁", "a", "b", "ab"], [("a", "b")])
    assert bpe("▁ab字ab") == ["▁", "ab", "字", "ab"]
    wordpiece = splitter("wordpiece", ["▁", "##ab", "##a", "##b"], [])
    assert wordpiece("▁ab字ab") == ["▁", "##ab", "##字", "##ab"]
    assert wordpiece("abé") == ["a", "##b", "##é"]  # `a` is known within words only


@pytest.mark.parametrize("size", [20, 30, 60])
def test_pieces_are_those_of_the_published_algorithms(size: int) -> None:
    vocabulary, merges = learn("bpe", COUNTS, size)
    cut = splitter("bpe", vocabulary, merges)
    assert [cut(word) for word in words(300)] == [merged(word, merges) for word in words(300)]
    vocabulary, _ = learn("wordpiece", COUNTS, size)
    cut = splitter("wordpiece", vocabulary, [])
    assert [cut(word) for word in words(300)] == [longest_first(word, set(vocabulary)) for word in words(300)]


def test_a_vocabulary_that_lacks_pieces_of_its_merges_still_cuts() -> None:
    assert splitter("bpe", ["▁", "a"], [("a", "b"), ("ab", "c")])("▁abcd") == ["▁", "abc", "d"]
