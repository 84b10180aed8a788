"""Metadata file: `metadata.jsonl`, `.csv`, `.tsv` or `.parquet` with the media files beside it.

Columns that end in `_file_name` name files (a plain `file_name` if there is only one media field);
`id`, `label`, `split`, `group` and `subject` are reserved; other columns of strings are texts. An empty
cell means that the record lacks the field. The file is at the top level, or there is one in each split's folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import RawRecord, RawReject, Row, split_of
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import read_rows

NAMES = ("metadata.jsonl", "metadata.csv", "metadata.tsv", "metadata.parquet")


class MetadataFile:
    """Reader of the layout.

    Attributes:
        columns: What the table's columns mean.
    """

    name: ClassVar[str] = "metadata"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a metadata file at the top level or in a split's folder."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        self._listing, self._tables = listing, _tables(listing)
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no metadata.jsonl, .csv, .tsv or .parquet", where, "write one, or choose another --format")
        folders = [table.rpartition("/")[0] for table in self._tables]
        twice = next((folder for folder in folders if folders.count(folder) > 1), None)
        if twice is not None:
            raise InputError("two metadata files in the same folder", f"{where}/{visible(twice)}", "keep one of them")
        self._named = self._tables[0] if len(self._tables) == 1 else "*/metadata.*"
        self.columns = Columns.of_tables(self._tables, self._rows, listing, f"{where}/{self._named}")

    @property
    def num_rows(self) -> int:
        """Rows of all tables."""
        return self.columns.num_rows

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self.columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self.columns.records_of_tables(self._tables, self._rows, self._listing, lambda name: split_of(name.partition("/")[0]))

    def account(self, ledger: Ledger) -> None:
        """Note what the columns are read as."""
        self.columns.account(ledger, visible(self._named))

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        return read_rows(self._listing.root / table, self._listing.choice.encoding)


def _tables(listing: Listing) -> list[str]:
    top = [name for name in NAMES if name in listing.files]
    if top:
        return top
    parts = [(name, name.split("/")) for name in listing.files if name.endswith(NAMES)]
    return [name for name, part in parts if len(part) == 2 and part[1] in NAMES and split_of(part[0])]
