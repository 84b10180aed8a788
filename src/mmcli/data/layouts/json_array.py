"""Iterate over an array in a large JSON document, or one that is an array, without building the whole as objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.encodings import not_in

MAX_BYTES = 2**30
FIX = "download the file again, or repair it"
_BLANK = re.compile(r"[ \t\r\n]*")


def read_text(path: Path, encoding: str) -> str:
    """Read the document's text.

    Raises:
        InputError: It cannot be read, is too large or is not UTF-8.
    """
    where = visible(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"the file is larger than {MAX_BYTES:,} bytes", where, "split it")
        return path.read_text(encoding=encoding)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where, "check its permissions") from None
    except UnicodeError:
        raise not_in(encoding, where) from None


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
        raise InputError(f"the JSON document cannot be read: {reason(error)}", row, FIX) from None


def elements(text: str, where: str) -> Iterator[Any]:
    """Items of the array that `text` encodes.

    Raises:
        InputError: It is not JSON, or not an array.
    """
    number = 0
    try:
        for item, end in _array(text, 0, jsonio.decoder()):
            if item is not _END:
                number += 1
                yield item
            elif _skip(text, end) < len(text):
                raise jsonio.JsonError("there is more after the end of the array")
    except (ValueError, IndexError, RecursionError) as error:
        raise InputError(f"the JSON array cannot be read: {reason(error)}", f"{where}[{number}]", FIX) from None


def reason(error: Exception) -> str:
    """The error in a clause, with its position if known."""
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
