"""open_clip's table: named `.csv` but tab-separated, with the columns `filepath` and `title`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import RawRecord, RawReject, Row, split_of_path
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.delimited import csv_rows, header_of
from mmcli.data.layouts.listing import Listing


class OpenClip:
    """Reader of the layout.

    Attributes:
        columns: What the table's columns mean.
    """

    name: ClassVar[str] = "open-clip"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a table at the top level has the columns `filepath` and `title`."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        self._listing, self._tables = listing, _tables(listing)
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no table with the columns filepath and title", where, "choose another --format")
        self.columns = Columns.of_tables(self._tables, self._rows, listing)

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self.columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self.columns.records_of_tables(self._tables, self._rows, self._listing, split_of_path)

    def account(self, ledger: Ledger) -> None:
        """Note what the columns are read as."""
        self.columns.account(ledger, ", ".join(map(visible, self._tables)))

    def _rows(self, name: str) -> Iterator[tuple[int, Row]]:
        return csv_rows(self._listing.root / name, self._listing.choice.encoding)


def _tables(listing: Listing) -> list[str]:
    tables = listing.top(".csv", ".tsv")
    return [name for name in tables if {"filepath", "title"} <= set(header_of(listing.head(name), listing.choice.encoding))]
