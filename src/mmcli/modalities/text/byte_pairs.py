"""Byte-level BPE (Radford et al. 2019): lossless, and no text has an unknown token.

The bytes of UTF-8 are written as 256 printable letters, so tokens are plain strings; all letters are in every vocabulary.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

NAME = "byte-bpe"
_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
SPACE = "\u0120"  # the letter of a space
_KEPT_WORDS = 100_000


@functools.cache
def letters() -> tuple[str, ...]:
    """The letter of each byte, 0 to 255: itself if it is printable Latin-1, otherwise U+0100 and following."""
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte) if byte in _PRINTABLE else chr(next(others)) for byte in range(256))


@functools.cache
def _bytes() -> dict[str, int]:
    return {letter: byte for byte, letter in enumerate(letters())}


def words(text: str) -> list[str]:
    """Split a text into words of letters, each with the space before it; concatenated they are the text after a space."""
    return [word for word, _ in _splitter().pre_tokenize_str(" " + text)]


@functools.cache
def _splitter() -> Any:
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def splitter(vocabulary: Sequence[str], merges: Sequence[tuple[str, str]]) -> Callable[[str], list[str]]:
    """Function that splits a word into tokens."""
    from tokenizers import models

    known = dict.fromkeys([*letters(), *vocabulary, *(first + second for first, second in merges)])
    model = models.BPE({token: number for number, token in enumerate(known)}, list(merges))

    @functools.lru_cache(maxsize=_KEPT_WORDS)
    def cut(word: str) -> tuple[str, ...]:
        return tuple(token.value for token in model.tokenize(word))

    return lambda word: list(cut(word))


def join(tokens: Iterable[str]) -> str:
    """The text of tokens; bytes that are not UTF-8 become U+FFFD, and so do tokens without letters of bytes."""
    known = _bytes()
    found = bytearray()
    for letter in "".join(tokens):
        if letter in known:
            found.append(known[letter])
        else:
            found += "\ufffd".encode()
    return found.decode("utf-8", "replace").removeprefix(" ")
