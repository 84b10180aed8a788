"""open_clip's table: named `.csv` but tab-separated, with the columns `filepath` and `title`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import Row
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.delimited import csv_rows, header_of
from mmcli.data.layouts.layout import TableLayout
from mmcli.data.layouts.listing import Listing


class OpenClip(TableLayout):
    """Reader of the layout."""

    name: ClassVar[str] = "open-clip"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a table at the top level has the columns `filepath` and `title`."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing, _tables(listing))
        if not self._tables:
            where = visible(listing.root)
            raise InputError("the folder has no table with the columns filepath and title", where, "choose another --format")
        self.columns = Columns.of_tables(self._tables, self._rows, listing)

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        return csv_rows(self._listing.root / table, self._listing.choice.encoding)


def _tables(listing: Listing) -> list[str]:
    tables = listing.top(".csv", ".tsv")
    return [name for name in tables if {"filepath", "title"} <= set(header_of(listing.head(name), listing.choice.encoding))]
