"""Parquet tables as distributed by data hubs: media in `{bytes, path}` structs, or as paths.

`train-00000-of-00004.parquet` names its split. An integer `label` gets the class names
stored in the table's schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import Row
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.layout import TableLayout
from mmcli.data.layouts.listing import Listing

_SURVEYED = 512  # rows per file


class ParquetTables(TableLayout):
    """Reader of the layout."""

    name: ClassVar[str] = "parquet"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a Parquet file at the top level or in `data/`."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing, _tables(listing))
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no .parquet file", where, "choose another --format")
        self.columns = Columns.of_tables(self._tables, self._first_rows, listing, where, complete=False)

    def _first_rows(self, table: str) -> Iterator[tuple[int, Row]]:
        """A sample of rows: with files inside them, all of them may be many gigabytes."""
        return islice(super()._rows(table), _SURVEYED)

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        names = class_names(self._listing.root / table)
        for number, row in super()._rows(table):
            label = row.get("label") if isinstance(row, dict) else None
            if isinstance(row, dict) and isinstance(label, int) and 0 <= label < len(names):
                yield number, {**row, "label": names[label]}
            else:
                yield number, row


def class_names(path: Path) -> list[str]:
    """Class names of the `label` column, from the schema's metadata; empty if there are none."""
    import pyarrow.parquet as pq

    try:
        notes = pq.read_schema(path).metadata or {}
        body = jsonio.loads(notes.get(b"huggingface", b"{}"))
        names = body["info"]["features"]["label"]["names"]
    except (KeyError, TypeError, ValueError, OSError):
        return []
    return [str(name) for name in names] if isinstance(names, list) else []


def _tables(listing: Listing) -> list[str]:
    return [name for name in listing.files if name.lower().endswith(".parquet") and name.rpartition("/")[0] in ("", "data")]
