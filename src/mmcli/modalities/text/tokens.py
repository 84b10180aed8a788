"""Cut texts into tokens and join tokens to readable sentences."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

from mmcli.modalities.text.nltk_parts import nltk_module

Tokenize = Callable[[str], list[str]]


@functools.cache
def tokenizer(name: str) -> Tokenize:
    """Function that cuts a text into tokens: `word` (NLTK's improved Treebank rules) or `char`."""
    if name == "char":
        return list
    tokenize: Tokenize = nltk_module("nltk.tokenize.destructive").NLTKWordTokenizer().tokenize
    return tokenize


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """Stop words of a language by its two letters; empty where there is no list."""
    from stopwordsiso import stopwords

    return frozenset(stopwords(language))


_NO_SPACE_BEFORE = re.compile(r"^(?:[.,:;!?%)\]}»”…]|''|n't|'(?:s|m|d|ll|re|ve|S|M|D))+$")
_NO_SPACE_AFTER = frozenset("([{«“$#@") | {"``"}


def join(tokens: Sequence[str], name: str) -> str:
    """A readable sentence: the spaces that a tokeniser took away are put back."""
    if name == "char":
        return "".join(tokens)
    parts: list[str] = []
    glue = True
    for token in tokens:
        if not glue and not _NO_SPACE_BEFORE.match(token):
            parts.append(" ")
        parts.append({"``": '"', "''": '"'}.get(token, token))
        glue = token in _NO_SPACE_AFTER
    return "".join(parts)
