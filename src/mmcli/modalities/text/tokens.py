"""Cut texts into tokens and join tokens to readable sentences."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Tokenize = Callable[[str], list[str]]
# NLTK imports these at its top for parts that mmcli does not use; each import is guarded there.
_UNUSED_BY_US = ("scipy", "sklearn", "matplotlib", "tkinter")


@contextmanager
def _light_nltk() -> Iterator[None]:
    """Import NLTK in a third of the time, without the packages that only its extras need."""
    hidden = [] if "nltk" in sys.modules else [name for name in _UNUSED_BY_US if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # None makes `import name` raise
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@functools.cache
def tokenizer(name: str) -> Tokenize:
    """Function that cuts a text into tokens: `word` (NLTK's improved Treebank rules) or `char`."""
    if name == "char":
        return list
    with _light_nltk():
        from nltk.tokenize.destructive import NLTKWordTokenizer
    return NLTKWordTokenizer().tokenize  # type: ignore[no-any-return]


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
