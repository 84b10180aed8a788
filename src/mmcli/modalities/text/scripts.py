"""Scripts without spaces between words (Han, Kana, Thai, Lao, Khmer, Burmese), and non-Latin sentence punctuation."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
UNSPACED_LANGUAGES = frozenset({"ja", "km", "lo", "my", "th", "zh"})
# Spanish marks precede a sentence; Arabic, Urdu, Hindi, Burmese, Khmer, Amharic, Armenian and Latin ones follow words.
SIGNS_BEFORE = "\u00a1\u00bf"
SIGNS_AFTER = "\u060c\u061b\u061f\u06d4\u0964\u0965\u104a\u104b\u17d4\u17d5\u1362-\u1368\u0589\u2026"
_LETTERS = (
    "\u0e01-\u0e30\u0e32-\u0e33\u0e3f-\u0e46\u0e81-\u0eb0\u0eb2-\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u103f\u1780-\u17b3"
    f"\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f{HAN}"
)
_MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a\ufe00-\ufe0f"
_PUNCTUATION = "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\u2018-\u201f"
_SIGNS = SIGNS_BEFORE + SIGNS_AFTER
_HAN = re.compile(f"[{HAN}]")
_LETTER = re.compile(f"[{_LETTERS}]")
_ANY = re.compile(f"[{_LETTERS}{_SIGNS}]")
_PIECES = re.compile(f"[{_LETTERS}][{_MARKS}]*|[{_SIGNS}]|[^{_LETTERS}{_SIGNS}]+")
_ASCII_PIECES = re.compile(r"\w{1,200}|[^\w\s]")
_CLOSE = re.compile(f"[{_LETTERS}{_MARKS}{_PUNCTUATION}]")


def char_class(codes: Iterable[int]) -> str:
    """Body of a regular expression character class, with runs as ranges; the codes must be sorted."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@functools.cache
def marks() -> str:
    """Body of a character class of vowel signs, accents and joiners: letters to Unicode, but not word characters to `re`."""
    joiners = (0x200C, 0x200D)
    return char_class(code for code in range(0x300, 0x1F000) if code in joiners or unicodedata.category(chr(code))[0] == "M")


def pieces(text: str) -> list[str]:
    """Words of at most 200 letters and single signs, in linear time for any text."""
    return (_ASCII_PIECES if text.isascii() else _pieces()).findall(text)


@functools.cache
def _pieces() -> re.Pattern[str]:
    return re.compile(rf"[\w{marks()}]{{1,200}}|[^\w\s{marks()}]")


def has_unspaced(text: str) -> bool:
    """Whether a text contains a letter of such a script."""
    return not text.isascii() and _LETTER.search(text) is not None


def has_han(text: str) -> bool:
    """Whether a text contains a Chinese character."""
    return not text.isascii() and _HAN.search(text) is not None


def split_unspaced(token: str) -> list[str]:
    """Split a token into the letters of such scripts, sentence punctuation, and the runs between them."""
    return _PIECES.findall(token) if not token.isascii() and _ANY.search(token) else [token]


def written_together(before: str, after: str) -> bool:
    """Whether two tokens are written without a space, because both are of such a script."""
    return bool(before and after) and _CLOSE.match(before[-1]) is not None and _CLOSE.match(after[0]) is not None
