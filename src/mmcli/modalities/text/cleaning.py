"""Convert untrusted bytes to clean text: encoding, normal form, hidden characters, HTML, URLs.

Every step is linear in the length of the text, for any text.
"""

from __future__ import annotations

import codecs
import functools
import html
import re
import sys
import unicodedata

from mmcli.modalities.base import Reject
from mmcli.modalities.text.scripts import char_class

MAX_BYTES = 4 * 2**20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEAD = 4096
_MAX_MARKS = 30  # per letter; as in Unicode's stream-safe text format
# They shape words in Arabic, Persian and Indic scripts, and join emoji.
_KEPT_HIDDEN = frozenset({"\u200c", "\u200d", "\t", "\n"})
_BLOCK_TAG = re.compile(r"<\s*/?\s*(?:br|p|div|li|ul|ol|tr|td|th|h[1-6]|hr|section|article|blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_URL = re.compile(r"(?:https?://|ftp://|www\.)[^\s<>\"]+", re.IGNORECASE)
_UNSEEN = ("script", "style")


def to_text(data: bytes, encoding: str | None = None) -> str:
    """Decode the bytes of a text file: UTF-8, UTF-16 with a byte order mark, or the given encoding; raises `Reject`."""
    marked = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    chosen = marked or encoding or "utf-8"
    if "16" not in chosen and "32" not in chosen and b"\0" in data[:_HEAD]:
        raise _binary(data[:_HEAD])
    try:
        return data.decode(chosen).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Reject("TXT_ENCODING", f"byte {error.start:,} is not {chosen.upper()}; save it as UTF-8, or give its --encoding") from None


def _binary(head: bytes) -> Reject:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4 and min(even, odd) <= len(head) // 64:
        return Reject("TXT_ENCODING", "it looks like UTF-16 without a byte order mark; save it as UTF-8, or give its --encoding")
    return Reject("TXT_BINARY", "the file contains NUL bytes; it is not text")


def clean(text: str, *, normal_form: str = "NFC", keep_hidden: bool = False, strip_html: bool = False, strip_urls: bool = False) -> str:
    """Clean a text.

    Args:
        text: The text.
        normal_form: `NFC`, `NFKC` or `none`.
        keep_hidden: Keep control and format characters, such as bidirectional overrides.
        strip_html: Remove tags and resolve entities.
        strip_urls: Remove URLs.

    Raises:
        Reject: It is too long or malformed, or nothing is left.
    """
    if len(text) > MAX_BYTES:
        raise Reject("TXT_TOO_LARGE", f"{len(text):,} characters; the maximum is {MAX_BYTES:,}")
    if "\0" in text:
        raise Reject("TXT_BINARY", "the text contains NUL characters")
    if not text.isascii():
        text = _normalised(text, normal_form)
    if strip_html:
        text = without_html(text)
    if strip_urls:
        text = _URL.sub(" ", text)
    text = "\n".join(text.splitlines())
    if not keep_hidden and not (text.isascii() and text.isprintable()):
        text = text.translate(_hidden())
    if not text.strip():
        raise Reject("TXT_EMPTY", "the text is empty")
    return text


def _normalised(text: str, form: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Reject("TXT_ENCODING", "the text contains a lone surrogate") from None
    text = _marks().sub(lambda run: run[0][:_MAX_MARKS], text)
    return text if form == "none" else unicodedata.normalize("NFKC" if form == "NFKC" else "NFC", text)


def without_html(text: str) -> str:
    """Text of HTML without tags, scripts and styles; block tags become spaces, entities characters."""
    if "<" in text:
        for name in _UNSEEN:
            text = _without_element(text, name)
        text = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
    return html.unescape(text) if "&" in text else text


def _without_element(text: str, name: str) -> str:
    """Remove elements with their content; an unclosed one extends to the end."""
    folded = text.lower()
    # Lower-casing can change the length of some letters; then there is no safe way to split.
    if len(folded) != len(text) or f"<{name}" not in folded:
        return text
    kept, at = [], 0
    while (start := folded.find(f"<{name}", at)) >= 0:
        kept.append(text[at:start])
        end = folded.find(f"</{name}", start)
        close = folded.find(">", end) if end >= 0 else -1
        if close < 0:
            at = len(text)
            break
        at = close + 1
    return "".join([*kept, text[at:]])


@functools.cache
def _hidden() -> dict[int, str | None]:
    """Translation table that removes control and format characters."""
    table: dict[int, str | None] = {}
    for code in (*range(0x11000), *range(0xE0000, 0xE0200)):
        char = chr(code)
        if char not in _KEPT_HIDDEN and unicodedata.category(char) in ("Cc", "Cf"):
            table[code] = None
    return table


@functools.cache
def _marks() -> re.Pattern[str]:
    """Pattern of more combining marks than a letter may carry."""
    found = (code for code in range(0x300, min(0x1F000, sys.maxunicode)) if unicodedata.combining(chr(code)))
    return re.compile(f"[{char_class(found)}]{{{_MAX_MARKS + 1},}}")
