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
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import RawRecord, RawReject, Row, split_of_path
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import read_rows

_SURVEYED = 512  # rows per file


class ParquetTables:
    """Reader of the layout.

    Attributes:
        columns: What the tables' columns mean.
    """

    name: ClassVar[str] = "parquet"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a Parquet file at the top level or in `data/`."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        self._listing, self._tables = listing, _tables(listing)
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no .parquet file", where, "choose another --format")
        self.columns = Columns.of_tables(self._tables, self._first_rows, listing, where, complete=False)

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self.columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self.columns.records_of_tables(self._tables, self._rows, self._listing, split_of_path)

    def account(self, ledger: Ledger) -> None:
        """Note what the columns are read as."""
        self.columns.account(ledger, visible(self._tables[0]) if len(self._tables) == 1 else f"{len(self._tables):,} tables")

    def _first_rows(self, name: str) -> Iterator[tuple[int, Row]]:
        """A sample of rows: with files inside them, all of them may be many gigabytes."""
        return islice(read_rows(self._listing.root / name), _SURVEYED)

    def _rows(self, name: str) -> Iterator[tuple[int, Row]]:
        names = class_names(self._listing.root / name)
        for number, row in read_rows(self._listing.root / name):
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
