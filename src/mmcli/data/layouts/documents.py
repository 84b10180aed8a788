"""Tables in a JSON document that is an object.

{"text": ["a", "b"], "label": [0, 1]}                       a list per column
{"text": {"0": "a", "1": "b"}, "label": {"0": 0, "1": 1}}   an object per column, as pandas writes it
{"version": 1, "data": [{"text": "a"}, {"text": "b"}]}      rows under the only key that has any
{"text": "a", "label": 0}                                   a single row
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.json_array import FIX, reason

_SHOWN = 5


def rows_of(text: str, where: str) -> Iterator[Any]:
    """Rows of the object that `text` encodes.

    Raises:
        InputError: It is not JSON, or its lists have different lengths.
    """
    try:
        body = jsonio.decoder().decode(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the JSON document cannot be read: {reason(error)}", where, FIX) from None
    tables = [value for value in body.values() if _is_rows(value)]
    if len(tables) == 1:
        yield from tables[0]
    elif body and not tables and all(isinstance(value, list) for value in body.values()):
        yield from _transposed(body, where)
    elif _is_indexed(body):
        yield from ({name: column[key] for name, column in body.items()} for key in next(iter(body.values())))
    else:
        yield body


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _transposed(columns: Mapping[str, list[Any]], where: str) -> Iterator[dict[str, Any]]:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{visible(name, 40)} {length:,}" for name, length in list(lengths.items())[:_SHOWN])
        raise InputError(f"the columns have different lengths: {said}", where, "give every column one value per row, null if there is none")
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _is_indexed(body: Mapping[str, Any]) -> bool:
    """Whether every value is an object with the same numbers as keys."""
    columns = list(body.values())
    if not columns or not all(isinstance(column, dict) and column for column in columns):
        return False
    return all(key.isdecimal() for key in columns[0]) and all(column.keys() == columns[0].keys() for column in columns)
