"""From the columns of a table to the fields of records.

Shared by all layouts with rows: the meaning of each column is inferred once from all rows; then
every row becomes a record and its problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmcli.artifacts import raw
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject, modality_of_value, printable
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.reading import Reading, Used
from mmcli.data.layouts.rows import BadRow, Row
from mmcli.modalities import registry

RESERVED = frozenset({*raw.RESERVED, "seed", "condition_id"})
UNREAD = ("given_", "meta_")  # prefixes of columns that are kept in the table but are not fields
_NUMERIC = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$")
_SURE_TEXTS = frozenset({"text", "caption", "title", "sentence"})


def field_name(column: str) -> str:
    """Field name of a column: letters and digits of any script, `_` and `-`."""
    return re.sub(r"[^\w-]+", "_", column).strip("_-")


@dataclass
class Columns:
    """Meaning of the columns of a table.

    Attributes:
        media: Column -> (field, modality), for columns of file names or bytes.
        texts: Column -> field, for columns of inline texts.
        where: Name of the table in errors.
        num_rows: Number of surveyed rows.
    """

    where: str
    media: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    num_rows: int = 0

    @classmethod
    def survey(cls, rows: Iterable[Row], where: str, *, is_media: Callable[[str, Any], bool] | None = None) -> Columns:
        """Infer the meaning of every column from the rows.

        Args:
            rows: All rows; only names and first values are kept.
            where: Name of the table in errors.
            is_media: Whether a value of a column is a media file; decided by the column name by default.

        Raises:
            InputError: No column is a field, or two columns map to the same field.
        """
        survey = _Survey(is_media or _named_media)
        for row in rows:
            if isinstance(row, dict):
                survey.add(row)
        columns = cls(where, num_rows=survey.rows)
        for column, modality in survey.modalities.items():
            columns.media[column] = (_media_field(column, modality), modality)
        for column in survey.text_columns():
            columns.texts[column] = field_name(column)
        columns._check(survey)
        return columns

    def _check(self, survey: _Survey) -> None:
        names = [name for name, _ in self.media.values()] + list(self.texts.values())
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"two columns map to the field {visible(twice)}", self.where, "rename one of them")
        if names:
            return
        if survey.undecided:
            column = min(survey.undecided)
            raise InputError(
                f"no file of the column {visible(column)} has a known extension", self.where, f"use {registry.some_suffixes()}, ..."
            )
        if not survey.rows:
            raise InputError("the table has no readable row", self.where, "run mmcli validate to check every row")
        seen = ", ".join(visible(name, 40) for name in list(survey.seen)[:10])
        raise InputError(
            f"no column contains texts or file names; columns: {seen}",
            self.where,
            "name columns caption, photo_file_name, sound_file_name, ...",
        )

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {**dict.fromkeys(self.texts.values(), registry.inline()), **dict(self.media.values())}

    def records(
        self, rows: Iterable[tuple[int, Row]], file: str, listing: Listing, used: Used, *, split: str | None = None
    ) -> Iterator[RawRecord | RawReject]:
        """Records of the rows of `file`, and their problems.

        Args:
            rows: Numbered rows.
            file: The table's relative path; rows name files relative to its folder.
            listing: The folder.
            used: Usage by earlier tables of the folder; it is updated.
            split: Split of rows that do not give one.
        """
        base = file.rpartition("/")[0]
        for number, row in rows:
            place = f"{printable(file)}:{number}"
            if isinstance(row, BadRow):
                yield RawReject(place, place, "ROW_INVALID", row.message)
                continue
            yield from Reading(self, row, place, listing, used, base, split).results()

    def records_of_tables(
        self,
        names: Sequence[str],
        rows_of: Callable[[str], Iterable[tuple[int, Row]]],
        listing: Listing,
        split_for: Callable[[str], str | None],
    ) -> Iterator[RawRecord | RawReject]:
        """One record per row of all tables of a folder, then the files that no row names.

        Args:
            names: Relative paths of the tables.
            rows_of: Numbered rows of a table.
            listing: The folder.
            split_for: Split named by a table's path.
        """
        used = Used(files=set(names))
        for name in names:
            yield from self.records(rows_of(name), name, listing, used, split=split_for(name))
        yield from listing.problems()
        yield from listing.unpaired(used.files)


class _Survey:
    def __init__(self, is_media: Callable[[str, Any], bool]) -> None:
        self._is_media = is_media
        self.rows = 0
        self.seen: dict[str, None] = {}
        self.modalities: dict[str, str] = {}
        self.undecided: set[str] = set()
        self._texts: dict[str, int] = {}  # column -> number of values that look like words

    def add(self, row: dict[str, Any]) -> None:
        self.rows += 1
        for column, value in row.items():
            self.seen.setdefault(column)
            if value is None or value == "" or column in self.modalities or column in RESERVED or column.startswith(UNREAD):
                continue
            if self._is_media(column, value):
                self._decide(column, value)
            elif isinstance(value, str) and self._texts.get(column, 0) >= 0:
                self._count_text(column, value)

    def _decide(self, column: str, value: Any) -> None:
        modality = modality_of_value(value)
        if modality:
            self.modalities[column] = modality
            self.undecided.discard(column)
        else:
            self.undecided.add(column)

    def _count_text(self, column: str, value: str) -> None:
        words = column.lower() in _SURE_TEXTS or not _NUMERIC.match(value[:64])
        self._texts[column] = self._texts.get(column, 0) + words

    def text_columns(self) -> list[str]:
        """Columns of strings, in order; columns in which every string is a number are not texts."""
        return [column for column in self.seen if self._texts.get(column, 0) > 0 and field_name(column)]


def _named_media(column: str, value: Any) -> bool:
    if isinstance(value, dict):
        return "bytes" in value or "path" in value
    return isinstance(value, str) and (column == "file_name" or column.endswith(raw.FILE_SUFFIX))


def _media_field(column: str, modality: str) -> str:
    base = "" if column == "file_name" else column.removesuffix(raw.FILE_SUFFIX)
    return field_name(base) or modality
