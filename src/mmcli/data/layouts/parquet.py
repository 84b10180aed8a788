"""Parquet tables as distributed by data hubs: media in `{bytes, path}` structs, or as paths.

`train-00000-of-00004.parquet` names its split. An integer `label` gets the class names
stored in the table's schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject, modality_of, split_of
from mmcli.data.layouts.coco import split_in
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import Row, parquet_batches, read_rows

_SURVEYED_BATCHES = 2


class ParquetTables:
    """Reader of the layout."""

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
        rows = (row for name in self._tables for batch in islice(parquet_batches(listing.root / name), _SURVEYED_BATCHES) for row in batch)
        self._columns = Columns.survey(rows, where, is_media=self._is_media)

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self._columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per row, then the files that no row names."""
        tables, rows_of = self._tables, self._rows
        return self._columns.records_of_tables(tables, rows_of, self._listing, lambda n: split_in(n) or split_of(n.partition("/")[0]))

    def _is_media(self, column: str, value: Any) -> bool:
        if isinstance(value, str):
            return value.removeprefix("./") in self._listing.files and modality_of(value) is not None
        return isinstance(value, bytes) or (isinstance(value, dict) and ("bytes" in value or "path" in value))

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
