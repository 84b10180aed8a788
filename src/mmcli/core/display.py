"""Make untrusted text visible and harmless on a terminal.

Captions, file names and labels may hold control bytes, escape sequences, bidirectional overrides
or Rich markup. `visible` is the only place that neutralises them.
"""

from __future__ import annotations

import unicodedata

# Cc control, Cf format (bidi overrides, zero-width, tags), Cs surrogate, Co private use,
# Cn unassigned, Zl and Zp line separators: none of them is safe on a terminal line.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_KEPT_FORMATS = frozenset({"\u200d", "\ufe0f"})  # they join emoji and do not move the cursor


def visible(text: object, limit: int = 200) -> str:
    """Return `text` on one line with every hidden or controlling character escaped.

    Args:
        text: Any value; it is converted with `str`.
        limit: Maximum length in characters; the rest becomes an ellipsis.
    """
    source = str(text)
    cut = len(source) > limit
    shown = []
    for char in source[:limit]:
        if char in _KEPT_FORMATS or unicodedata.category(char) not in _HIDDEN_CATEGORIES:
            shown.append(char)
        else:
            shown.append(char.encode("unicode_escape", "surrogatepass").decode("ascii"))
    return "".join(shown) + ("…" if cut else "")


def counted(number: int, noun: str) -> str:
    """Format a count with its noun, such as 1 record or 1,200 records."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
