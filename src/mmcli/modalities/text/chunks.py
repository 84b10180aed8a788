"""NLTK's word tokeniser with a cache of chunks.

Except at the end of the text, its rules look no further than the spaces around a word. So a chunk
between spaces gives the same tokens anywhere except in the first and last position; texts repeat
their words, and looking up a chunk is a hundred times faster than tokenising it again.
`tests/modalities/text/test_chunks.py` compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mmcli.modalities.text.scripts import pieces

Tokenize = Callable[[str], list[str]]
_MOST_REMEMBERED = 200_000
_MAX_CHUNK = 200  # longer ones are not words; they are split in linear time
_ONLY_CLOSERS = re.compile("[\\])}>\"'\u00bb\u201d\u2019.]+")
# Most new chunks are letters and at most one mark; tokenising them does not need NLTK's thirty patterns.
_SIMPLE = re.compile(r"([A-Za-z]+)([,:;!?]?)")
_SIMPLE_LAST = re.compile(r"([A-Za-z]+)([.,:;!?]?)")
_CONTRACTIONS = frozenset({"cannot", "gimme", "gonna", "gotta", "lemme", "wanna"})


class ChunkTokenizer:
    """Gives the same tokens as `tokenize`, with `finish` applied to each chunk's tokens.

    Args:
        tokenize: A tokeniser whose rules are local to chunks, such as NLTK's.
        finish: Applied to the tokens of a chunk, for example to remove stop words.
    """

    def __init__(self, tokenize: Tokenize, finish: Callable[[list[str]], list[str]]) -> None:
        self._tokenize, self._finish = tokenize, finish
        self._middle: dict[str, list[str]] = {}
        self._edge: dict[tuple[str, bool, bool], list[str]] = {}

    def __call__(self, sentence: str) -> list[str]:
        """Tokens of one sentence."""
        chunks = sentence.split()
        if len(chunks) < 2:
            return self._at_edge(chunks[0], True, True) if chunks else []
        if _ONLY_CLOSERS.fullmatch(chunks[-1]):
            # The rule for the final period looks past the space before closing marks.
            return self._finish(self._whole(" ".join(chunks)))
        tokens = list(self._at_edge(chunks[0], True, False))
        known = self._middle
        for chunk in chunks[1:-1]:
            found = known.get(chunk)
            tokens += self._in_middle(chunk) if found is None else found
        tokens += self._at_edge(chunks[-1], False, True)
        return tokens

    def _in_middle(self, chunk: str) -> list[str]:
        found = self._finish(_simple(chunk, last=False) or self._pieces(chunk) or self._tokenize(f"a {chunk} a")[1:-1])
        if len(self._middle) >= _MOST_REMEMBERED:
            self._middle.clear()
        self._middle[chunk] = found
        return found

    def _at_edge(self, chunk: str, first: bool, last: bool) -> list[str]:
        key = (chunk, first, last)
        found = self._edge.get(key)
        if found is None:
            text = chunk if first else f"a {chunk}"
            whole = text if last else f"{text} a"
            place = slice(0 if first else 1, None if last else -1)
            found = self._finish(_simple(chunk, last=last) or self._pieces(chunk) or self._tokenize(whole)[place])
            if len(self._edge) >= _MOST_REMEMBERED:
                self._edge.clear()
            self._edge[key] = found
        return found

    def _whole(self, text: str) -> list[str]:
        return self._tokenize(text) if max(map(len, text.split())) <= _MAX_CHUNK else pieces(text)

    def _pieces(self, chunk: str) -> list[str]:
        return pieces(chunk) if len(chunk) > _MAX_CHUNK else []


def _simple(chunk: str, *, last: bool) -> list[str]:
    """Tokens of a word followed by at most one mark; empty for other chunks."""
    match = (_SIMPLE_LAST if last else _SIMPLE).fullmatch(chunk)
    if match is None or len(chunk) > _MAX_CHUNK or match[1].lower() in _CONTRACTIONS:
        return []
    return [match[1], match[2]] if match[2] else [match[1]]
