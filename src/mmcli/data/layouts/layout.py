"""What a layout of raw folders offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import RawRecord, RawReject, Row, split_of_path, suffix_of
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.delimited import width_without_header
from mmcli.data.layouts.headers import names_for
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import read_rows
from mmcli.modalities import registry

_SHOWN = 10


class Layout(ABC):
    """A layout of raw folders; an instance reads one.

    Args:
        listing: The folder.

    Attributes:
        name: What `--format` calls the layout.
        columns: What the columns of tables mean; without any if there are no tables.
        num_rows: Number of rows of the tables; 0 if it is not known.
    """

    name: ClassVar[str]

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self.columns = Columns(visible(listing.root), listing.choice)
        self.num_rows = 0

    @classmethod
    @abstractmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether the folder matches this layout, judged by names and first bytes only."""

    @abstractmethod
    def fields(self) -> dict[str, str]:
        """Field names and modalities."""

    @abstractmethod
    def records(self) -> Iterator[RawRecord | RawReject]:
        """Records and problems, in a stable order."""

    def account(self, ledger: Ledger) -> None:
        """Note which columns, folders and files are read as what, and which are left out; by default, the fields."""
        for name, modality in self.fields().items():
            if self._listing.choice.takes(name):
                ledger.read(registry.find(modality).plural, name, f"layout {self.name}")

    def warnings(self) -> list[str]:
        """What could be read otherwise, and names that nearly pair."""
        return []

    def pairing_advice(self) -> str:
        """What makes the fields of a record belong together."""
        return "give every record all of its fields in one row or sample, or choose another --format"


class TableLayout(Layout):
    """A layout whose records are the rows of tables; subclasses set `columns`.

    Args:
        listing: The folder.
        tables: Relative paths of the tables.
    """

    def __init__(self, listing: Listing, tables: Sequence[str]) -> None:
        super().__init__(listing)
        self._tables = tables

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self.columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        return self.columns.records_of_tables(self._tables, self._rows, self._listing, self._split)

    def warnings(self) -> list[str]:
        """Tables whose first line is data, unless the user named their columns."""
        fix = "name them with --columns NAME,..., or write a header line"
        return [
            f"{visible(table)} has no header line, so its columns are named {names[0]} to {names[-1]}; {fix}"
            for table, names in self._headerless.items()
            if tuple(names) != self._listing.choice.only
        ]

    def account(self, ledger: Ledger) -> None:
        """Note what the columns are read as."""
        for table, names in self._headerless.items():
            said = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
            ledger.note("named", "columns", f"{visible(table)} has no header line: {visible(said)}")
        self.columns.account(ledger, self._source)

    @property
    def _source(self) -> str:
        """Name of the tables for users."""
        return visible(self._tables[0]) if len(self._tables) == 1 else f"{len(self._tables):,} tables"

    @cached_property
    def _headerless(self) -> dict[str, list[str]]:
        """Names of the columns of each table without a header."""
        choice, root = self._listing.choice, self._listing.root
        widths = {name: width_without_header(root / name, choice.encoding) for name in self._tables if suffix_of(name) in (".csv", ".tsv")}
        return {name: names_for(width, choice.only) for name, width in widths.items() if width}

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        """Numbered rows of a table."""
        return read_rows(self._listing.root / table, self._listing.choice.encoding, self._listing.choice.only)

    def _split(self, table: str) -> str | None:
        """Split named by a table's path."""
        return split_of_path(table)
