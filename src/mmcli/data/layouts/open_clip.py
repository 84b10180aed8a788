"""open_clip's table: named `.csv` but tab-separated, with the columns `filepath` and `title`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject, split_of
from mmcli.data.layouts.coco import split_in
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import Row, csv_rows


class OpenClip:
    """Reader of the layout."""

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
        rows = (row for name in self._tables for _, row in self._rows(name))
        self._columns = Columns.survey(rows, where, is_media=lambda column, value: column == "filepath")
        for column, (_, modality) in self._columns.media.items():
            self._columns.media[column] = (modality, modality)

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self._columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self._columns.records_of_tables(self._tables, self._rows, self._listing, lambda name: split_in(name) or split_of(name))

    def _rows(self, name: str) -> Iterator[tuple[int, Row]]:
        return csv_rows(self._listing.root / name)


def _tables(listing: Listing) -> list[str]:
    found = []
    for name in listing.top(".csv", ".tsv"):
        header = listing.head(name).partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r")
        if {"filepath", "title"} <= set(header.split("\t")) or {"filepath", "title"} <= set(header.split(",")):
            found.append(name)
    return found
