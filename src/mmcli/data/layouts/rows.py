"""Iterate over the rows of a table: JSON Lines, JSON, CSV or Parquet.

An unreadable row is an item of its own (`BadRow`); only an unreadable file is an error.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts import documents, json_array
from mmcli.data.layouts.base import MAX_COLUMNS, BadRow, Row
from mmcli.data.layouts.delimited import csv_rows
from mmcli.data.layouts.encodings import SAVE_AS, encoding_of, not_in

MAX_LINE_BYTES = 2**20
_MAX_NESTED = 50
_HEAD = 4096
_ARRAY = re.compile(r"\s*\[\s*(\{|\]\s*$)")
_MEDIUM = frozenset({"bytes", "path"})


def read_rows(path: Path, encoding: str | None = None, names: Sequence[str] = ()) -> Iterator[tuple[int, Row]]:
    """Rows of a `.jsonl`, `.json`, `.csv`, `.tsv` or `.parquet` file with their numbers, starting at 1.

    For JSON Lines and CSV the number is the line number, otherwise the row number. Objects within rows are
    flattened: `{"captions": {"en": ...}}` has the column `captions.en`. `names` are those of the columns of a CSV file
    without a header, if there are as many.

    Raises:
        InputError: The file cannot be read in the format of its extension.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return csv_rows(path, encoding, names)
    rows = _parquet_rows(path) if suffix == ".parquet" else json_rows(path, encoding)
    return ((number, flat(row)) for number, row in rows)


def flat(row: Row) -> Row:
    """The row with objects that are no media replaced by their values, as columns `column.key`."""
    if not isinstance(row, dict) or not any(type(value) is dict for value in row.values()):
        return row
    found: dict[str, Any] = {}
    for column, value in row.items():
        if type(value) is not dict or not value or _MEDIUM & value.keys() or len(value) > _MAX_NESTED:
            found[column] = value
        else:
            found |= {f"{column}.{key}": inner for key, inner in value.items()}
    return found if len(found) <= MAX_COLUMNS else BadRow(f"more than {MAX_COLUMNS:,} columns")


def json_rows(path: Path, encoding: str | None = None) -> Iterator[tuple[int, Row]]:
    """Objects of a JSON Lines file, or of a `.json` file that is a single array of objects or a table, see `documents`.

    Empty lines are skipped, overlong ones are never read whole.
    """
    with _open(path) as handle:
        head = handle.read(_HEAD)
    chosen = encoding_of(head, encoding)
    begin = head.decode(chosen, "replace").lstrip()
    if _ARRAY.match(begin):
        yield from _array_rows(path, chosen)
        return
    try:
        if path.suffix.lower() == ".json" and begin.startswith("{") and _is_document(path, chosen):
            rows = documents.rows_of(json_array.read_text(path, chosen), visible(path))
            yield from ((number, _checked(row)) for number, row in enumerate(rows, 1))
            return
        for number, line in _lines(path, chosen):
            if line is None:
                yield number, BadRow(f"the line is longer than {MAX_LINE_BYTES:,} bytes")
            elif line.strip(b" \t\r\n" + codecs.BOM_UTF8):
                yield number, _object(line)
    except UnicodeError:
        raise not_in(chosen, visible(path)) from None


def _is_document(path: Path, encoding: str) -> bool:
    """Whether a file is one object, and does not have an object per line."""
    lines = (line for _, line in _lines(path, encoding) if line is None or line.strip())
    first, second = next(lines, b""), next(lines, b"")
    if second is None:  # too long to be looked at
        return first is not None and not first.rstrip().endswith(b"}")
    return not second.startswith(b"{")


def _array_rows(path: Path, encoding: str) -> Iterator[tuple[int, Row]]:
    text = json_array.read_text(path, encoding)
    for number, item in enumerate(json_array.elements(text, visible(path)), start=1):
        yield number, _checked(item)


def _object(line: bytes) -> Row:
    try:
        body = jsonio.loads(line.removeprefix(codecs.BOM_UTF8).decode())
    except UnicodeDecodeError:
        return BadRow("the line is not UTF-8 text", SAVE_AS)
    except jsonio.JsonError as error:
        return BadRow(f"not JSON: {error}", "write one JSON object per line, or a single array of objects")
    return _checked(body)


def _checked(body: Any) -> Row:
    if not isinstance(body, dict):
        return BadRow("not a JSON object", "write one JSON object per line, or a single array of objects")
    return body if len(body) <= MAX_COLUMNS else BadRow(f"more than {MAX_COLUMNS:,} columns")


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    with _open(path) as raw:
        handle = raw if encoding.startswith("utf-8") else _Recoded(raw, encoding)
        while line := handle.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) <= MAX_LINE_BYTES:
                yield number, line
                continue
            while line and not line.endswith(b"\n"):
                line = handle.readline(MAX_LINE_BYTES)
            yield number, None


class _Recoded:
    """Lines of a file in another encoding, as UTF-8."""

    def __init__(self, raw: Any, encoding: str) -> None:
        self._text = io.TextIOWrapper(raw, encoding=encoding, newline="\n")

    def readline(self, limit: int) -> bytes:
        """The next line, or as many of its characters."""
        return self._text.readline(limit).encode("utf-8", "surrogatepass")


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row]]:
    number = 0
    for batch in parquet_batches(path):
        for row in batch:
            number += 1
            yield number, row


def parquet_batches(path: Path, batch_size: int = 256) -> Iterator[list[dict[str, Any]]]:
    """Rows of a Parquet file, in batches of bounded size.

    Raises:
        InputError: It is not a Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as table:
            for batch in table.iter_batches(batch_size):
                yield batch.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"the Parquet file cannot be read: {visible(error)}", visible(path), "write it again") from None


def _open(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", visible(path), "check its permissions") from None
