"""Convert one row of a table to a record, or one per text of a list: check its id, label, split and fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mmcli.artifacts import jsonio, raw
from mmcli.core.display import visible
from mmcli.data.layouts.base import Choice, RawField, RawRecord, RawReject, is_unicode, printable, split_of, word_of
from mmcli.data.layouts.finding import Finder
from mmcli.modalities.base import Reject


@dataclass
class Used:
    """Files, ids and names used by the rows read so far.

    Attributes:
        files: Relative paths of files named by rows.
        ids: Ids of the records.
        names: Natural id -> number of rows with it.
        lists: Column -> number of rows with a list of texts, and of the texts.
    """

    files: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    names: dict[str, int] = field(default_factory=dict)
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)


class Meaning(Protocol):
    """What a row's columns mean, see `columns.Columns`."""

    media: dict[str, tuple[str, str]]
    texts: dict[str, str]
    choice: Choice
    by_stem: frozenset[str]


class Reading:
    """A row being read; `results` yields its record and its problems."""

    def __init__(self, columns: Meaning, row: dict[str, Any], place: str, finder: Finder, used: Used, base: str, split: str | None) -> None:
        self._columns, self._row, self._place = columns, row, place
        self._finder, self._used, self._base, self._default_split = finder, used, base, split
        self._problems: list[tuple[str, str, str]] = []  # source, code, message
        self._fields: dict[str, RawField] = {}
        self._lists: dict[str, list[RawField]] = {}

    def results(self) -> Iterator[RawRecord | RawReject]:
        """The row's problems, then its records if it has any usable field."""
        self._read_fields()
        try:
            identity, label = self._word("id"), self._class("label")
            group, split = self._class("group") or self._class("subject"), self._split()
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
        if self._fields or self._lists:
            yield from one_per_text(RawRecord(identity, label, split, group, self._fields), self._lists)
        elif not self._problems:
            yield RawReject(identity, self._place, "ROW_INVALID", "the row has no field")

    def _word(self, column: str) -> str | None:
        value = self._row.get(column)
        if value is None or value == "" or column in self._columns.choice.without:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Reject("ROW_INVALID", f"{column} must be a string or a number")
        text = str(value)
        if len(text) > 1000 or not is_unicode(text):
            raise Reject("ROW_INVALID", f"{column} is longer than 1,000 characters or not Unicode")
        return text

    def _class(self, column: str) -> str | None:
        """The name of a class or group, the same however it is written."""
        text = self._word(column)
        return None if text is None else word_of(text) or None

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
        if isinstance(value, list):
            self._read_list(column, name, value)
            return
        if not isinstance(value, str) and self._may_be_number(value, column, name):
            value = str(value)
        if not isinstance(value, str):
            self._problems.append((f"{self._place} {column}", "ROW_INVALID", f"{column} must be a string"))
        elif not is_unicode(value):
            self._problems.append((f"{self._place} {column}", "TXT_ENCODING", "the text contains lone surrogates"))
        else:
            self._fields[name] = RawField(f"{self._place} {column}", text=value)

    def _may_be_number(self, value: Any, column: str, name: str) -> bool:
        """Whether the value is a number of a column that is to be read whatever it holds."""
        return isinstance(value, int | float) and self._columns.choice.names(column, name)

    def _read_list(self, column: str, name: str, values: list[Any]) -> None:
        place = f"{self._place} {column}"
        if not all(isinstance(value, str) and is_unicode(value) for value in values):
            self._problems.append((place, "ROW_INVALID", f"{column} must be a list of texts"))
            return
        texts = [RawField(f"{place}[{number}]", text=value) for number, value in enumerate(values) if value]
        rows, total = self._used.lists.get(column, (0, 0))
        self._used.lists[column] = (rows + 1, total + len(texts))
        if texts:
            self._lists[name] = texts

    def _medium(self, column: str, value: Any) -> RawField:
        if isinstance(value, dict):
            value = value["bytes"] if isinstance(value.get("bytes"), bytes) else value.get("path")
        if isinstance(value, bytes):
            return RawField(f"{self._place} {column}", data=value)
        if not isinstance(value, str):
            raise Reject("ROW_INVALID", f"{column} must name a file")
        relative, path = self._finder.resolve(value, self._base, by_stem=column in self._columns.by_stem)
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
        for texts in self._lists.values():
            digest.update("\0".join(str(value.text) for value in texts).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]


def one_per_text(record: RawRecord, lists: Mapping[str, Sequence[RawField]]) -> Iterator[RawRecord]:
    """The record once per text of its lists: the n-th record has the n-th text of each, and all have its other fields.

    They are one group, so that all are in the same split. The first one keeps the id.
    """
    if not lists:
        yield record
        return
    count = max(map(len, lists.values()))
    group = record.group or (record.id if count > 1 else None)
    for number in range(count):
        texts = {name: values[number] for name, values in lists.items() if number < len(values)}
        identity = f"{record.id}[{number}]" if number else record.id
        yield replace(record, id=identity, group=group, fields={**record.fields, **texts})


def words_of(body: Mapping[str, Any], choice: Choice) -> dict[str, str]:
    """Label, split, group and subject given by an object beside media."""
    given = {word: body.get(word) for word in raw.WORDS if word not in choice.without}
    words = {word: word_of(value) for word, value in given.items() if isinstance(value, str | int | float)}
    return {word: text for word, text in words.items() if text}


def texts_of(
    body: Mapping[str, Any], columns: Meaning, place: str, problems: list[tuple[str, str, str]]
) -> tuple[dict[str, RawField], dict[str, list[RawField]]]:
    """Texts and lists of texts given by an object beside media.

    Args:
        body: The object.
        columns: What its keys mean.
        place: Name of the object.
        problems: Source, code and message of texts that cannot be used are appended.
    """
    fields: dict[str, RawField] = {}
    lists: dict[str, list[RawField]] = {}
    for column, name in columns.texts.items():
        value = body.get(column)
        if isinstance(value, int | float) and columns.choice.names(column, name):
            value = str(value)
        texts = value if isinstance(value, list) else [value]
        found = [RawField(f"{place} {column}", text=text) for text in texts if isinstance(text, str) and text]
        if not all(is_unicode(str(text.text)) for text in found):
            problems.append((f"{place} {column}", "TXT_ENCODING", "the text contains lone surrogates"))
        elif found and isinstance(value, list):
            lists[name] = found
        elif found:
            fields[name] = found[0]
    return fields, lists
