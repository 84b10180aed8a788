"""Iterate over an array in a large JSON document without building the whole document as objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError

MAX_BYTES = 2**30
_FIX = "download the file again, or repair it"
_BLANK = re.compile(r"[ \t\r\n]*")


def read_text(path: Path) -> str:
    """Read the document's text.

    Raises:
        InputError: It cannot be read, is too large or is not UTF-8.
    """
    where = visible(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"the file is larger than {MAX_BYTES:,} bytes", where, "split it")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where, "check its permissions") from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text", where, _FIX) from None


def items(text: str, key: str, where: str) -> Iterator[Any]:
    """Items of the array under `key` in the object that `text` encodes.

    Raises:
        InputError: It is not JSON, or not an object.
    """
    decoder = jsonio.decoder()
    place = ("", -1)  # the array being read, and the number of items so far
    try:
        at = _after(text, 0, "{")
        while text[at] != "}":
            name, at = decoder.raw_decode(text, at)
            at = _after(text, _skip(text, at), ":")
            if text[at] == "[":
                place = (name, 0)
                for item, end in _array(text, at, decoder):
                    at = end
                    place = (name, place[1] + 1)
                    if name == key and item is not _END:
                        yield item
                place = ("", -1)
            else:
                _, at = decoder.raw_decode(text, at)
            at = _skip(text, at)
            if text[at] == ",":
                at = _skip(text, at + 1)
    except (ValueError, IndexError, RecursionError) as error:
        row = f"{where}, {visible(place[0])}[{place[1]}]" if place[1] >= 0 else where
        raise InputError(f"the JSON document cannot be read: {_reason(error)}", row, _FIX) from None


def _reason(error: Exception) -> str:
    """Describe the error in a clause, with its position if known."""
    if isinstance(error, IndexError) or (isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc)):
        return "unexpected end"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"{visible(error.msg).lower().removesuffix(' at').removesuffix(' starting')}, line {error.lineno:,}, column {error.colno:,}"
    return visible(error) if isinstance(error, jsonio.JsonError) else "a number has too many digits"


_END = object()


def _array(text: str, at: int, decoder: Any) -> Iterator[tuple[Any, int]]:
    at = _after(text, at, "[")
    while text[at] != "]":
        item, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "]":
            raise jsonio.JsonError("a comma is missing")
        yield item, at
    yield _END, at + 1


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _after(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at] != sign:
        raise jsonio.JsonError(f"expected {sign}")
    return _skip(text, at + 1)
