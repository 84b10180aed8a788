"""Tables: any CSV, TSV, JSON or Parquet file with columns of texts or of file names, in a folder or by itself.

With several tables, `train.csv`, `train/jokes.csv` or `data/train-00000-of-00002.jsonl` names a split. Columns are interpreted
as in a metadata file.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import TABLE_SUFFIXES, modality_of, split_of, split_of_path, suffix_of
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.finding import Finder
from mmcli.data.layouts.layout import TableLayout
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import read_rows
from mmcli.data.layouts.survey import Survey

_LOOKED_AT = 256  # rows
_TIMES = 10  # so many rows per other file make the other files those of no account
_JSON_ROWS = re.compile(
    rb"""\s*(\[\s*\{  # an array of objects
    |\{[^\n]*\}\s*\n\s*\{  # an object per line
    |\{\s*"(\\.|[^"\\])*"\s*:\s*(\[\s*["\d\-tfn]|\{\s*"0"\s*:))  # a list, or an object with numbers, per column
    """,
    re.VERBOSE,
)


class Tables(TableLayout):
    """Reader of the layout."""

    name: ClassVar[str] = "tables"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a table that names files, or that has many more rows than there are other files."""
        tables = tables_of(listing)
        media = sum(modality_of(name) is not None for name in listing.files) if tables else 0
        return bool(tables) and (not media or _is_about(listing, tables, media))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing, tables_of(listing))
        if not self._tables:
            where = visible(listing.root)
            raise InputError(f"the folder has no {', '.join(TABLE_SUFFIXES)} file", where, "choose another --format")
        self.columns = Columns.of_tables(self._tables, self._rows, listing)
        self.num_rows = self.columns.num_rows

    def account(self, ledger: Ledger) -> None:
        """Note what the columns are read as."""
        splits = {table: split for table in self._tables if (split := self._split(table))}
        if splits:
            ledger.note("splits from", "tables", ", ".join(f"{visible(table)}: {split}" for table, split in splits.items()))
        super().account(ledger)

    def _split(self, table: str) -> str | None:
        """Split named by a table's path; a single table named `train` is the whole data set."""
        return split_of_path(table) if len(self._tables) > 1 else None


def tables_of(listing: Listing) -> tuple[str, ...]:
    """Names of the tables at the top level, in `data/` and in split folders; those of splits if there are several."""
    found = [name for name in listing.files if suffix_of(name) in TABLE_SUFFIXES and _is_in_place(name)]
    documents = [name for name in found if suffix_of(name) == ".json"]
    looked_at = {name for name in listing.likely(documents, "train") if _has_rows(listing, name)}
    tables = [name for name in found if suffix_of(name) != ".json" or name in looked_at]
    splits = {name: split for name in tables if (split := split_of_path(name))}
    # Beside train.csv and test.csv, a table such as sample_submission.csv has other records or none.
    return tuple(splits if len(set(splits.values())) > 1 else tables)


def _is_in_place(name: str) -> bool:
    folder = name.rpartition("/")[0]
    return not folder or folder == "data" or split_of(folder) is not None


def _has_rows(listing: Listing, name: str) -> bool:
    """Whether a JSON file is a table; another object describes a file beside it."""
    head = listing.head(name)
    return _JSON_ROWS.match(head) is not None or (len(listing.files) == 1 and head.lstrip()[:1] in (b"{", b"["))


def _is_about(listing: Listing, tables: tuple[str, ...], media: int) -> bool:
    survey = Survey(Finder(listing))
    try:
        for name in tables:
            rows = read_rows(listing.root / name, listing.choice.encoding)
            survey.add(islice(rows, _LOOKED_AT), name.rpartition("/")[0])
    except InputError:
        return False  # then the table is a file that belongs to no record
    named = any(column.modality for column in survey.columns.values())
    return named or survey.num_rows > _TIMES * media
