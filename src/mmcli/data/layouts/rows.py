"""Iterate over the rows of a metadata file: JSON Lines, CSV or Parquet.

An unreadable row is an item of its own (`BadRow`); only an unreadable file is an error.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError

MAX_LINE_BYTES = 2**20
MAX_COLUMNS = 1000
_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")  # byte order marks, as surrogateescape decodes them
_DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, with the reason."""

    message: str


Row = dict[str, Any] | BadRow


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Rows of a `.jsonl`, `.csv`, `.tsv` or `.parquet` file with their numbers, starting at 1.

    For JSON Lines and CSV the number is the line number, for Parquet the row number.

    Raises:
        InputError: The file cannot be read in the format of its extension.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet_rows(path)
    return csv_rows(path) if suffix in (".csv", ".tsv") else json_rows(path)


def json_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Objects of a JSON Lines file; empty lines are skipped, overlong ones are never read whole."""
    for number, line in _lines(path):
        if line is None:
            yield number, BadRow(f"the line is longer than {MAX_LINE_BYTES:,} bytes")
            continue
        if not line.strip(b" \t\r\n" + codecs.BOM_UTF8):
            continue
        yield number, _object(line)


def _object(line: bytes) -> Row:
    try:
        body = jsonio.loads(line.removeprefix(codecs.BOM_UTF8))
    except jsonio.JsonError as error:
        return BadRow(f"not JSON: {error}")
    if not isinstance(body, dict):
        return BadRow("not a JSON object")
    return body if len(body) <= MAX_COLUMNS else BadRow(f"more than {MAX_COLUMNS:,} columns")


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    with _open(path) as handle:
        while line := handle.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) <= MAX_LINE_BYTES:
                yield number, line
                continue
            while line and not line.endswith(b"\n"):
                line = handle.readline(MAX_LINE_BYTES)
            yield number, None


def csv_rows(path: Path, delimiter: str = "") -> Iterator[tuple[int, Row]]:
    """Rows of a CSV file with a header; the delimiter is the one that gives the most columns in the header.

    Raises:
        InputError: It is not UTF-8, has no header, or has duplicate columns.
    """
    where = visible(path)
    csv.field_size_limit(MAX_LINE_BYTES)
    try:
        with io.TextIOWrapper(_open(path), encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
            start = handle.readline(MAX_LINE_BYTES)
            if start.startswith(_UTF16):
                raise InputError("the table is UTF-16, not UTF-8", where, "save it as CSV in UTF-8")
            if "\0" in start:
                raise InputError("the table contains NUL bytes", f"{where}, line 1", "save it as UTF-8 text")
            sign = delimiter or max(_DELIMITERS, key=start.count)
            handle.seek(0)
            reader = csv.reader(handle, delimiter=sign, strict=True)
            header = _header(next(reader, []), where)
            yield from _csv_body(reader, header)
    except csv.Error as error:
        raise InputError(f"the table's header cannot be read: {error}", where, "save it as CSV with a header line") from None


def _csv_body(reader: Any, header: list[str]) -> Iterator[tuple[int, Row]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BadRow(f"not CSV: {error}")
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            yield line, BadRow(f"{len(cells)} cells, but the header has {len(header)} columns")
        elif any("\0" in cell for cell in cells):
            yield line, BadRow("a cell contains a NUL")
        elif any("\udc80" <= char <= "\udcff" for cell in cells if not cell.isascii() for char in cell):
            yield line, BadRow("a cell is not UTF-8 text")
        else:
            yield line, dict(zip(header, cells, strict=True))


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    place = f"{where}, line 1"
    if not any(names):
        raise InputError("the table is empty", where, "write a header line and rows")
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) <= MAX_COLUMNS else None
    if twice is not None:
        raise InputError(f"the column {visible(twice)!r} occurs twice", place, "give every column its own name")
    if len(names) > MAX_COLUMNS:
        raise InputError(f"more than {MAX_COLUMNS:,} columns", place, "keep only the columns you need")
    return names


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
