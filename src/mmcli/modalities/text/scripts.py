"""Scripts that write no blanks between words: Han, Kana, Thai, Lao, Khmer, Burmese."""

from __future__ import annotations

import re

_LETTERS = (
    "\u0e01-\u0e30\u0e32-\u0e33\u0e3f-\u0e46\u0e81-\u0eb0\u0eb2-\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u103f\u1780-\u17b3"
    "\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003134f"
)
_MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a\ufe00-\ufe0f"
_PUNCTUATION = "\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\u2018-\u201f"
_ANY = re.compile(f"[{_LETTERS}]")
_PIECES = re.compile(f"[{_LETTERS}][{_MARKS}]*|[^{_LETTERS}]+")
_CLOSE = re.compile(f"[{_LETTERS}{_MARKS}{_PUNCTUATION}]")


def has_unspaced(text: str) -> bool:
    """Whether a text holds a letter of such a script."""
    return not text.isascii() and _ANY.search(text) is not None


def split_unspaced(token: str) -> list[str]:
    """Cut a token into the letters of such scripts and what lies between them."""
    return _PIECES.findall(token) if has_unspaced(token) else [token]


def written_together(before: str, after: str) -> bool:
    """Whether no blank stands between two tokens, because both are of such a script."""
    return bool(before and after) and _CLOSE.match(before[-1]) is not None and _CLOSE.match(after[0]) is not None
