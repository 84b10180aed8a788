"""What the columns of a table hold, inferred from all rows, batch by batch.

A column of which it is clear what it holds is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mmcli.core.display import visible
from mmcli.data.layouts.base import BadRow, Row, is_medium, modality_of, modality_of_value
from mmcli.data.layouts.finding import Finder

_BATCH = 256
_REASONS = 3  # bad rows to name
_FEW_ROWS = 10  # in fewer a value may be everywhere by chance
_NUMERIC = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$")
_ADDRESS = re.compile(r"\s*([a-z][a-z0-9+.-]*://|www\.|data:[\w/+.-]+[;,])\S*\s*$", re.IGNORECASE)
_DIGEST = re.compile(r"\s*([0-9a-f]{32,128}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", re.IGNORECASE)
_NAMED = re.compile(r"(.*_)?(file_name|filepath)$")  # by these names a column has files, even if they are missing
_STEMS = re.compile(r"(.*[_-])?(id|key|stem|name|file|image|img|photo|picture|audio|sound|clip|recording)$", re.IGNORECASE)
_MOST, _HALF = 0.9, 0.5


def is_number(text: str) -> bool:
    """Whether a cell is a number."""
    return _NUMERIC.match(text[:64]) is not None


class Column:
    """What a column holds.

    Attributes:
        name: Its name.
        modality: Modality of the files that it names, or of the bytes in it, if any.
        by_stem: Whether it names files without their extension.
        texts: Whether it has strings, or lists of strings.
        others: Whether it has other values.
        first: Its first string.
        odd: A value that should be a file of a modality and is not.
    """

    def __init__(self, name: str, finder: Finder | None) -> None:
        self.name, self._finder = name, finder
        self.modality: str | None = None
        self.by_stem = self.texts = self.others = False
        self.first, self.odd = "", ""
        self._varies = self._looked = False
        self._found: str | None = None
        self._numbers = self._addresses = self._digests = True
        self._files = finder is not None

    @property
    def settled(self) -> bool:
        """Whether more values cannot change anything."""
        if self.modality:
            return True
        return self.texts and self._varies and not (self._numbers or self._addresses or self._digests or self._files)

    def add(self, values: Sequence[Any], base: str) -> None:
        """Look at the values of some rows of a table in the folder `base`; there are no empty ones among them."""
        if self._finder and _NAMED.fullmatch(self.name):
            self._add_media(values)
            return
        strings = values if set(map(type, values)) == {str} else list(self._strings(values))
        if self.modality or not strings:
            return
        if not self.texts:
            self.texts, self.first = True, strings[0]
        self._varies = self._varies or any(value != self.first for value in strings)
        self._numbers = self._numbers and all(map(is_number, strings))
        self._addresses = self._addresses and all(map(_ADDRESS.match, strings))
        self._digests = self._digests and all(map(_DIGEST.match, strings))
        if self._finder and (self._files or not self._looked):
            self._look_for_files(self._finder, strings, base)

    def _strings(self, values: Sequence[Any]) -> Iterator[str]:
        for value in values:
            if isinstance(value, str):
                yield value
            elif isinstance(value, list) and any(isinstance(item, str) for item in value):
                yield from (item for item in value if isinstance(item, str) and item)
            elif self._finder and (isinstance(value, bytes) or is_medium(value)):
                self._add_media([value])
            else:
                self.others = True

    def _add_media(self, values: Sequence[Any]) -> None:
        found = next((modality for value in values if (modality := modality_of_value(value))), None)
        self.modality = self.modality or found
        self.odd = self.odd or ("" if found else next((value for value in values if isinstance(value, str)), "bytes"))

    def _look_for_files(self, finder: Finder, strings: Sequence[str], base: str) -> None:
        found = [modality for value in strings if (modality := finder.modality(value, base))]
        self._found = self._found or next(iter(found), None)
        if len(found) >= _HALF * len(strings):
            self.modality = found[0]
        elif not self._looked and _STEMS.fullmatch(self.name):
            found = [modality for value in strings if (modality := finder.modality_of_stem(value))]
            if len(found) >= _MOST * len(strings):
                self.modality, self.by_stem = found[0], True
        self._files = self._files and all(map(modality_of, strings))
        self._looked = True

    def finish(self) -> None:
        """All values were seen: a column of file names has files if at least one is there."""
        if self._files and self._found:
            self.modality = self._found

    def nothing_said(self, num_rows: int, *, complete: bool) -> str:
        """Why the column's strings are not texts, or empty; whether all are the same is known of all rows only."""
        if self._numbers:
            return "every value is a number"
        if self._addresses:
            return "every value is an address"
        if self._digests:
            return "every value is a digest"
        if self._files:
            return f"names files that are not in the folder, e.g. {visible(self.first, 60)}"
        return self.always(num_rows) if complete else ""

    def always(self, num_rows: int) -> str:
        """That every value is the same, or empty."""
        return f"every value is {visible(repr(self.first), 40)}" if self.texts and not self._varies and num_rows >= _FEW_ROWS else ""


class Survey:
    """What all columns hold.

    Args:
        finder: Finds the files that cells name; None if cells name no files.

    Attributes:
        columns: Column name -> what it holds, in the order of their first occurrence.
        num_rows: Number of readable rows.
        bad: Place and reason of the first unreadable rows.
    """

    def __init__(self, finder: Finder | None) -> None:
        self._finder = finder
        self.columns: dict[str, Column] = {}
        self._open: list[Column] = []
        self.num_rows = 0
        self.bad: list[tuple[str, BadRow]] = []

    def add(self, rows: Iterable[tuple[int, Row]], base: str = "", place: str = "") -> None:
        """Look at the rows of one table."""
        batch: list[dict[str, Any]] = []
        for number, row in rows:
            if isinstance(row, BadRow):
                if len(self.bad) < _REASONS:
                    self.bad.append((f"{place}{number}", row))
                continue
            batch.append(row)
            if len(batch) == _BATCH:
                self._add(batch, base)
                batch.clear()
        self._add(batch, base)
        for column in self.columns.values():
            column.finish()

    def _add(self, batch: list[dict[str, Any]], base: str) -> None:
        self.num_rows += len(batch)
        for row in batch:
            if not row.keys() <= self.columns.keys():
                new = [Column(name, self._finder) for name in row if name not in self.columns]
                self.columns |= {column.name: column for column in new}
                self._open += new
        for column in self._open:
            name = column.name
            values = [value for row in batch if (value := row.get(name)) is not None and value != ""]
            if values:
                column.add(values, base)
        self._open = [column for column in self._open if not column.settled]
