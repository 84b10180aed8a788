"""Metadata file: `metadata.jsonl`, `.csv` or `.parquet` at the top, media beside it.

Columns that end in `_file_name` name files (a plain `file_name` is the only medium); `id`,
`label`, `split`, `group` and `subject` are reserved; other columns of strings are texts. An empty
cell means that the record lacks the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.sources.base import RawRecord, RawReject
from mmcli.sources.columns import Columns
from mmcli.sources.listing import Listing
from mmcli.sources.rows import read_rows

NAMES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")


class MetadataFile:
    """Reader of the layout."""

    name: ClassVar[str] = "metadata"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a metadata file at the top."""
        return any(name in listing.files for name in NAMES)

    def __init__(self, listing: Listing) -> None:
        found = [name for name in NAMES if name in listing.files]
        where = visible(listing.root)
        if not found:
            raise InputError("the folder has no metadata.jsonl, .csv or .parquet", where, "write one, or choose another --format")
        if len(found) > 1:
            raise InputError(f"the folder has both {found[0]} and {found[1]}", where, "keep one of them")
        self._listing, self._file = listing, found[0]
        self._columns = Columns.survey((row for _, row in read_rows(listing.root / self._file)), f"{where}/{self._file}")

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self._columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """A record per row, then the files that no row names."""
        used = {self._file}
        yield from self._columns.records(read_rows(self._listing.root / self._file), self._file, self._listing, used)
        yield from self._listing.problems()
        yield from self._listing.unpaired(used)
