"""Metadata file: `metadata.jsonl`, `.csv`, `.tsv` or `.parquet` with the media files beside it.

Columns that end in `_file_name` name files (a plain `file_name` if there is only one media field);
`id`, `label`, `split`, `group` and `subject` are reserved; other columns of strings are texts. An empty
cell means that the record lacks the field. The file is at the top level, or there is one in each split's folder.
"""

from __future__ import annotations

from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import split_of
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.layout import TableLayout
from mmcli.data.layouts.listing import Listing

NAMES = ("metadata.jsonl", "metadata.csv", "metadata.tsv", "metadata.parquet")


class MetadataFile(TableLayout):
    """Reader of the layout."""

    name: ClassVar[str] = "metadata"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a metadata file at the top level or in a split's folder."""
        return bool(_tables(listing))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing, _tables(listing))
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no metadata.jsonl, .csv, .tsv or .parquet", where, "write one, or choose another --format")
        folders = [table.rpartition("/")[0] for table in self._tables]
        twice = next((folder for folder in folders if folders.count(folder) > 1), None)
        if twice is not None:
            raise InputError("two metadata files in the same folder", f"{where}/{visible(twice)}", "keep one of them")
        self.columns = Columns.of_tables(self._tables, self._rows, listing, f"{where}/{self._source}")
        self.num_rows = self.columns.num_rows

    @property
    def _source(self) -> str:
        return visible(self._tables[0]) if len(self._tables) == 1 else "*/metadata.*"

    def _split(self, table: str) -> str | None:
        return split_of(table.partition("/")[0])


def _tables(listing: Listing) -> list[str]:
    top = [name for name in NAMES if name in listing.files]
    if top:
        return top
    parts = [(name, name.split("/")) for name in listing.files if name.endswith(NAMES)]
    return [name for name, part in parts if len(part) == 2 and part[1] in NAMES and split_of(part[0])]
