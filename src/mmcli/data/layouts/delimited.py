"""Tables of delimited text: CSV, TSV and their relatives, with a header line or without.

A quotation mark too many opens a cell that swallows the lines after it. Such a cell is rejected with its first line, and
the lines that it would have swallowed are read as rows of their own.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import MAX_COLUMNS, BadRow, Row
from mmcli.data.layouts.encodings import SAVE_AS, encoding_of, not_in
from mmcli.data.layouts.headers import lacks_header, names_for

_MAX_CELL = 2**20  # characters
_MAX_LINE = 2**22  # characters
_HEAD = 2**16  # characters that the delimiter is inferred from
_SAMPLED = 50  # rows of the head
_DELIMITERS = (",", "\t", ";", "|")
_EXCEL = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # the first line of some exports of Excel
_ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that could not be decoded
_TOO_LONG = '"x"y\n'  # a line that no parser accepts, in place of one that is too long
# A row of so many lines, and so many times the lines of an average row of so many, is no row.
_MANY_LINES, _TIMES, _FROM_ROWS = 100, 100, 10
# Swallowed lines are rows if so many of them have the header's number of cells, and almost all; verses may end in a comma.
_FEW_LINES, _FEW_LINES_OF_TWO, _ALMOST_ALL = 3, 5, 0.8


def csv_rows(path: Path, encoding: str | None = None, names: Sequence[str] = ()) -> Iterator[tuple[int, Row]]:
    """Rows of a CSV file; the delimiter is the one with which most rows have as many cells as the first.

    Args:
        path: The file.
        encoding: Its encoding; by default UTF-8, or UTF-16 with a byte order mark.
        names: Names of the columns of a file without a header, if there are as many.

    Raises:
        InputError: It is empty or in another encoding, or has duplicate columns.
    """
    with _opened(path, encoding) as table:
        yield from table.rows(names)


def width_without_header(path: Path, encoding: str | None = None) -> int:
    """Number of columns of a CSV file whose first line is data, otherwise 0; errors as for `csv_rows`."""
    with _opened(path, encoding) as table:
        return table.width_without_header


@contextmanager
def _opened(path: Path, encoding: str | None) -> Iterator[_Delimited]:
    where = visible(path)
    csv.field_size_limit(_MAX_CELL)
    try:
        with path.open("rb") as raw:
            chosen = encoding_of(raw.read(4), encoding)
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding=chosen, errors="surrogateescape", newline="") as handle:
                yield _Delimited(handle, where, chosen)
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where, "check its permissions") from None
    except UnicodeError:
        raise not_in(chosen, where) from None
    except csv.Error as error:
        raise InputError(f"the table's header cannot be read: {error}", where, "save it as CSV with a header line") from None


def header_of(head: bytes, encoding: str | None = None) -> list[str]:
    """Columns of the table that begins with these bytes; empty if they have no header."""
    text = head.decode(encoding_of(head, encoding), "replace")
    sign, start = _sign_of(text)
    cells = next((cells for cells in _parsed(text[start:], sign) if cells), [])
    return [cell.strip() for cell in cells]


class _Delimited:
    """An open table."""

    def __init__(self, handle: IO[str], where: str, encoding: str) -> None:
        self._handle, self._where, self._encoding = handle, where, encoding
        head = handle.read(_HEAD)
        if "\0" in head.partition("\n")[0]:
            raise InputError("the table contains NUL bytes", f"{where}, line 1", SAVE_AS.replace("latin-1", "utf-16-le"))
        self._sign, start = _sign_of(head)
        handle.seek(0)
        self._line = 1
        if start:
            handle.readline()
            self._line += 1
        self._taken: list[str] = []  # lines of the row that is being read
        self._again: deque[str] = deque()  # lines to read once more
        self._width, self._rows = 0, 0
        first = _first_rows(head, self._sign, start)
        self.width_without_header = len(first[0]) if first and lacks_header(first) else 0

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, Row]]:
        """Rows with the numbers of their first lines; `names` are those of columns without a header."""
        reader, taken = self._reader(), self._taken
        header = names_for(self.width_without_header, names) if self.width_without_header else self._header(reader)
        self._width = width = len(header)
        while True:
            taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._line, self._broken(str(error))
                reader = self._reader()
                continue
            line, lines = taken[0], len(taken)
            if lines == 1 and len(cells) == width and (line.isascii() or not _ESCAPED.search(line)) and "\0" not in line:
                yield self._line, dict(zip(header, cells, strict=True))
            elif lines > 1 and self._swallows(cells):
                yield self._line, self._swallowing()
                reader = self._reader()
                continue
            elif cells:
                yield self._line, self._checked(header, cells)
            self._line += lines
            self._rows += 1

    def _reader(self) -> Any:
        return csv.reader(self._lines(), delimiter=self._sign, strict=True, skipinitialspace=True)

    def _lines(self) -> Iterator[str]:
        taken, again = self._taken, self._again
        while again:
            taken.append(again.popleft())
            yield taken[-1]
        for line in iter(partial(self._handle.readline, _MAX_LINE), ""):
            taken.append(line)
            if len(line) < _MAX_LINE:
                yield line
            else:
                yield self._too_long(line)

    def _too_long(self, line: str) -> str:
        """Skip the rest of a line that is too long."""
        while line and not line.endswith(("\n", "\r")):
            line = self._handle.readline(_MAX_LINE)
        self._taken[-1] = _TOO_LONG
        return _TOO_LONG

    def _header(self, reader: Any) -> list[str]:
        cells: list[str] = next((cells for cells in reader if any(map(str.strip, cells))), [])
        place = f"{self._where}, line {self._line}"
        if not cells:
            raise InputError("the table is empty", self._where, "write a header line and rows")
        if any(map(_ESCAPED.search, cells)):
            raise not_in(self._encoding, place)
        if any("\n" in cell and sum(self._sign in part for part in cell.splitlines()) > 1 for cell in cells):
            raise InputError("a quotation mark in the header is not closed", place, "close or remove it")
        self._line += len(self._taken)
        return _distinct([" ".join(cell.split()) for cell in cells], place)

    def _checked(self, header: list[str], cells: list[str]) -> Row:
        """The row, or what is wrong with it."""
        if len(cells) > self._width and not any(cells[self._width :]):
            cells = cells[: self._width]  # spreadsheets write empty cells after the last column
        if len(cells) != self._width:
            over = f" over {len(self._taken):,} lines" if len(self._taken) > 1 else ""
            return BadRow(f"{len(cells)} cells{over}, but the header has {len(header)} columns")
        if any("\0" in cell for cell in cells):
            return BadRow("a cell contains a NUL")
        if any(not cell.isascii() and _ESCAPED.search(cell) for cell in cells):
            return BadRow(f"a cell is not {self._encoding.upper()} text", SAVE_AS)
        return dict(zip(header, cells, strict=True))

    def _swallows(self, cells: list[str]) -> bool:
        """Whether a row of several lines is several rows behind an open quotation mark."""
        lines, two = len(self._taken), self._width == 2
        if lines > _MANY_LINES and self._rows >= _FROM_ROWS and lines * self._rows > _TIMES * self._line:
            return True
        inner = [line for line in self._taken[1:-1] if line.strip()]
        alike = sum(line.count(self._sign) == self._width - 1 for line in inner) if self._width > 1 else 0
        if len(cells) != self._width:
            return 0 < len(inner) <= 2 * alike
        return len(inner) >= (_FEW_LINES_OF_TWO if two else _FEW_LINES) and alike >= (1.0 if two else _ALMOST_ALL) * len(inner)

    def _swallowing(self) -> BadRow:
        after = self._give_back()
        return BadRow(
            f"a quotation mark opens a cell that closes {after:,} lines below and swallows rows; only this line is left out, "
            "the others are read as rows of their own",
            "double quotation marks inside cells, or remove this one",
        )

    def _broken(self, reason: str) -> BadRow:
        if _TOO_LONG in self._taken:
            what = f"the line is longer than {_MAX_LINE:,} characters"
        elif len(self._taken) == 1:
            what = f"not CSV: {reason}"
        else:
            what = f"a quotation mark opens a cell that would swallow the {len(self._taken) - 1:,} lines below ({reason}); "
            what += "only this line is left out"
        self._give_back()
        return BadRow(what, "double quotation marks inside cells, or remove this one")

    def _give_back(self) -> int:
        """Read the lines after the row's first one once more; returns their number."""
        after = self._taken[1:]
        self._again.extendleft(reversed(after))
        self._line += 1
        self._rows += 1
        return len(after)


def _sign_of(text: str) -> tuple[str, int]:
    """Delimiter of the table that begins with the text, and where its header begins."""
    stated = _EXCEL.match(text)
    if stated:
        return stated[1], stated.end()
    return max(_DELIMITERS, key=partial(_fit, text)), 0


def _fit(text: str, sign: str) -> tuple[bool, bool, int, int]:
    """How well a delimiter fits: rows as wide as the header, then the header's width."""
    header, *rows = _first_rows(text, sign) or [[""]]
    matches = sum(len(cells) == len(header) for cells in rows)
    wide = len(header) > 1
    return wide and matches > 0, wide, matches, len(header)


def _first_rows(text: str, sign: str, start: int = 0) -> list[list[str]]:
    """Rows at the beginning of a text that are complete."""
    rows = list(islice((cells for cells in _parsed(text[start:], sign) if any(map(str.strip, cells))), _SAMPLED))
    return rows[:-1] if len(text) >= _HEAD and len(rows) > 2 else rows  # the last one may be cut off


def _parsed(text: str, sign: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=sign, skipinitialspace=True)
    except csv.Error:
        return


def _distinct(names: list[str], place: str) -> list[str]:
    if len(names) > MAX_COLUMNS:
        raise InputError(f"more than {MAX_COLUMNS:,} columns", place, "keep only the columns you need")
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"the column {visible(twice)!r} occurs twice", place, "give every column its own name")
    return names
