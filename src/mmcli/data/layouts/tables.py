"""Tables only: a folder of CSV, TSV or JSON Lines files with columns of texts, or a single such file.

With several tables, `train.csv` or `train/jokes.csv` names a split. Columns are interpreted as in a metadata file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import TABLE_SUFFIXES, RawRecord, RawReject, modality_of, split_of, suffix_of
from mmcli.data.layouts.coco import split_in
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import Row, read_rows


class Tables:
    """Reader of the layout.

    Attributes:
        tables: Relative paths of the tables.
    """

    name: ClassVar[str] = "tables"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a table at the top level or in a split's folder, and no text, image or sound beside it."""
        return bool(tables_of(listing)) and not any(modality_of(name) for name in listing.files)

    def __init__(self, listing: Listing) -> None:
        self._listing, self.tables = listing, tables_of(listing)
        where = visible(listing.root)
        if not self.tables:
            raise InputError(f"the folder has no {', '.join(TABLE_SUFFIXES)} file", where, "choose another --format")
        named = f"{where}/{visible(self.tables[0])}" if len(self.tables) == 1 else where
        self._columns = Columns.survey((row for name in self.tables for _, row in self._rows(name)), named)

    @property
    def num_rows(self) -> int:
        """Rows of all tables."""
        return self._columns.num_rows

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self._columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self._columns.records_of_tables(self.tables, self._rows, self._listing, self._split)

    def _split(self, table: str) -> str | None:
        """Split named by a table's path; a single table named `train` is the whole data set."""
        return (split_in(table) or split_of(table.partition("/")[0])) if len(self.tables) > 1 else None

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        return read_rows(self._listing.root / table)


def tables_of(listing: Listing) -> tuple[str, ...]:
    """Names of the tables at the top level and in split folders."""
    found = [name for name in listing.files if suffix_of(name) in TABLE_SUFFIXES]
    return tuple(name for name in found if "/" not in name or (name.count("/") == 1 and split_of(name.partition("/")[0])))
