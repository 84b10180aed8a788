"""Encodings of tables: UTF-8 by default, UTF-16 and UTF-32 by their byte order mark, others by `--encoding`."""

from __future__ import annotations

import codecs

from mmcli.core.errors import InputError

SAVE_AS = "save the table as UTF-8, or give its --encoding, such as latin-1"
# UTF-32's marks begin with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes, given: str | None) -> str:
    """Encoding of a file that begins with `head`: that of its byte order mark, otherwise the given one, otherwise UTF-8."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    return marked or given or "utf-8"


def not_in(encoding: str, where: str) -> InputError:
    """The error that a table is not in an encoding."""
    return InputError(f"the table is not {encoding.upper().removesuffix('-SIG')} text", where, SAVE_AS)
