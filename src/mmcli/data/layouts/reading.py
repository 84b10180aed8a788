"""Convert one row of a table to a record: check its id, label, split and fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, is_unicode, printable, split_of
from mmcli.data.layouts.listing import Listing
from mmcli.modalities.base import Reject


@dataclass
class Used:
    """Files, ids and names used by the rows read so far.

    Attributes:
        files: Relative paths of files named by rows.
        ids: Ids of the records.
        names: Natural id -> number of rows with it.
    """

    files: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)


class Meaning(Protocol):
    """What a row's columns mean, see `columns.Columns`."""

    media: dict[str, tuple[str, str]]
    texts: dict[str, str]


class Reading:
    """A row being read; `results` yields its record and its problems."""

    def __init__(
        self, columns: Meaning, row: dict[str, Any], place: str, listing: Listing, used: Used, base: str, split: str | None
    ) -> None:
        self._columns, self._row, self._place = columns, row, place
        self._listing, self._used, self._base, self._default_split = listing, used, base, split
        self._problems: list[tuple[str, str, str]] = []  # source, code, message
        self._fields: dict[str, RawField] = {}

    def results(self) -> Iterator[RawRecord | RawReject]:
        """The row's problems, then its record if it has any usable field."""
        self._read_fields()
        try:
            identity, label = self._word("id"), self._word("label")
            group, split = self._word("group") or self._word("subject"), self._split()
        except Reject as problem:
            yield RawReject(self._place, self._place, problem.code, problem.message)
            return
        if identity is None:
            identity, group = self._natural_id(group)
        if identity in self._used.ids:
            yield RawReject(identity, self._place, "DUP_ID", "an earlier row has the same id")
            return
        self._used.ids.add(identity)
        for source, code, message in self._problems:
            yield RawReject(identity, source, code, message)
        if self._fields:
            yield RawRecord(identity, label, split, group, self._fields)
        elif not self._problems:
            yield RawReject(identity, self._place, "ROW_INVALID", "the row has no field")

    def _word(self, column: str) -> str | None:
        value = self._row.get(column)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Reject("ROW_INVALID", f"{column} must be a string or a number")
        text = str(value)
        if len(text) > 1000 or not is_unicode(text):
            raise Reject("ROW_INVALID", f"{column} is longer than 1,000 characters or not Unicode")
        return text

    def _split(self) -> str | None:
        word = self._word("split")
        found = split_of(word) if word else self._default_split
        if word and not found:
            raise Reject("ROW_INVALID", f"split must be train, val or test, not {visible(word, 40)}")
        return found

    def _read_fields(self) -> None:
        for column, name in self._columns.texts.items():
            self._read_text(column, name)
        for column, (name, _) in self._columns.media.items():
            value = self._row.get(column)
            if value is None or value == "":
                continue
            try:
                self._fields[name] = self._medium(column, value)
            except Reject as problem:
                source = f"{self._place} {visible(value, 300) if isinstance(value, str) else column}"
                self._problems.append((source, problem.code, problem.message))

    def _read_text(self, column: str, name: str) -> None:
        value = self._row.get(column)
        if value is None or value == "":
            return
        if not isinstance(value, str):
            self._problems.append((f"{self._place} {column}", "ROW_INVALID", f"{column} must be a string"))
        elif not is_unicode(value):
            self._problems.append((f"{self._place} {column}", "TXT_ENCODING", "the text contains lone surrogates"))
        else:
            self._fields[name] = RawField(f"{self._place} {column}", text=value)

    def _medium(self, column: str, value: Any) -> RawField:
        if isinstance(value, dict):
            value = value["bytes"] if isinstance(value.get("bytes"), bytes) else value.get("path")
        if isinstance(value, bytes):
            return RawField(f"{self._place} {column}", data=value)
        if not isinstance(value, str):
            raise Reject("ROW_INVALID", f"{column} must name a file")
        relative, path = self._listing.resolve(value, self._base)
        self._used.files.add(relative)
        return RawField(printable(relative), path=path)

    def _natural_id(self, group: str | None) -> tuple[str, str | None]:
        """Id and group of a row without an id: its first file, otherwise a digest of its content."""
        named = self._first_file()
        name = named or self._digest()
        count = self._used.names[name] = self._used.names.get(name, 0) + 1
        if count == 1:
            return name, group
        # A second caption of a file must stay in the split determined by the file's id.
        return f"{name}#{count}", group or (name if named else None)

    def _first_file(self) -> str | None:
        for column in self._columns.media:
            value = self._row.get(column)
            if isinstance(value, dict) and not value.get("bytes"):
                value = value.get("path")
            if isinstance(value, str) and value and is_unicode(value):
                name = value.removeprefix("./")
                return f"{printable(self._base)}/{name}" if self._base else name
        return None

    def _digest(self) -> str:
        said = {key: value for key, value in self._row.items() if isinstance(value, str | int | float)}
        digest = hashlib.sha256(jsonio.dumps(said, indent=None).encode("utf-8", "surrogatepass"))
        for value in self._fields.values():
            digest.update(value.data or b"")
        return digest.hexdigest()[:16]
