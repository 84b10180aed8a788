"""From the columns of a table to the fields of records.

Shared by every layout that has rows: what each column means is decided once, from the rows
themselves, and then every row becomes a record and the problems it has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.modalities.base import Reject
from mmcli.sources.base import RawField, RawRecord, RawReject, modality_of, printable, split_of
from mmcli.sources.listing import Listing
from mmcli.sources.rows import BadRow, Row

MEDIA_SUFFIX = "_file_name"
RESERVED = frozenset({"id", "label", "split", "group", "subject", "seed", "condition_id"})
_NUMERIC = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$")
_SURE_TEXTS = frozenset({"text", "caption", "title", "sentence"})
_SURVEY_ROWS = 1000


def field_name(column: str) -> str:
    """Name of the field for a column: letters, digits, `_` and `-` of any script."""
    return re.sub(r"[^\w-]+", "_", column).strip("_-")


@dataclass
class Columns:
    """What each column of a table means.

    Attributes:
        media: Column -> (field, modality) for columns of file names or bytes.
        texts: Column -> field for columns of inline texts.
        where: How errors name the table.
    """

    where: str
    media: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def survey(cls, rows: Iterable[Row], where: str, *, is_media: Callable[[str, Any], bool] | None = None) -> Columns:
        """Decide from the rows what every column means.

        Args:
            rows: All rows; only names and first values are kept.
            where: How errors name the table.
            is_media: Says for a column and a value whether it is a medium; by default the name does.

        Raises:
            InputError: No column is a field, or two columns would be one field.
        """
        survey = _Survey(is_media or _named_media)
        for row in rows:
            if isinstance(row, dict):
                survey.add(row)
        columns = cls(where)
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
            raise InputError(f"two columns make the field {visible(twice)}", self.where, "rename one of them")
        if names:
            return
        if survey.undecided:
            column = min(survey.undecided)
            raise InputError(
                f"no file of the column {visible(column)} has a known extension", self.where, "use .png, .jpg, .wav, .flac, .txt, ..."
            )
        if not survey.rows:
            raise InputError("the table has no row that can be read", self.where, "see mmcli validate for every row")
        seen = ", ".join(visible(name, 40) for name in list(survey.seen)[:10])
        raise InputError(
            f"no column holds texts or names files; it has: {seen}",
            self.where,
            "name columns caption, photo_file_name, sound_file_name, ...",
        )

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {**dict.fromkeys(self.texts.values(), "text"), **dict(self.media.values())}

    def records(self, rows: Iterable[tuple[int, Row]], file: str, listing: Listing, used: set[str]) -> Iterator[RawRecord | RawReject]:
        """Records of the rows and their problems; `used` gathers the files they name."""
        names: dict[str, int] = {}
        given: set[str] = set()
        for number, row in rows:
            place = f"{printable(file)}:{number}"
            if isinstance(row, BadRow):
                yield RawReject(place, place, "ROW_INVALID", row.message)
                continue
            yield from _Reading(self, row, place, listing, used).results(names, given)


class _Survey:
    def __init__(self, is_media: Callable[[str, Any], bool]) -> None:
        self._is_media = is_media
        self.rows = 0
        self.seen: dict[str, None] = {}
        self.modalities: dict[str, str] = {}
        self.undecided: set[str] = set()
        self._texts: dict[str, int] = {}  # column -> how many of its values look like words

    def add(self, row: dict[str, Any]) -> None:
        self.rows += 1
        for column, value in row.items():
            self.seen.setdefault(column)
            if value is None or value == "" or column in self.modalities or column in RESERVED or column.startswith("given_"):
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
        """Columns of strings, in their order; columns where every string is a number are not texts."""
        return [column for column in self.seen if self._texts.get(column, 0) > 0 and field_name(column)]


def _named_media(column: str, value: Any) -> bool:
    return isinstance(value, str) and (column == "file_name" or column.endswith(MEDIA_SUFFIX))


def modality_of_value(value: Any) -> str | None:
    """Modality of a file name, or of a `{bytes, path}` struct by its path or first bytes."""
    if isinstance(value, str):
        return modality_of(value)
    if isinstance(value, dict):
        named = modality_of(value["path"]) if isinstance(value.get("path"), str) else None
        return named or sniff(value.get("bytes") or b"")
    return sniff(value) if isinstance(value, bytes) else None


def sniff(data: bytes) -> str | None:
    """Modality that the first bytes speak of, or None."""
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\0", b"MM\0*")) or data[8:12] == b"WEBP":
        return "image"
    if data.startswith((b"RIFF", b"fLaC", b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")):
        return "audio"
    return None


def _media_field(column: str, modality: str) -> str:
    base = "" if column == "file_name" else column.removesuffix(MEDIA_SUFFIX)
    return field_name(base) or modality


class _Reading:
    """One row on its way to a record."""

    def __init__(self, columns: Columns, row: dict[str, Any], place: str, listing: Listing, used: set[str]) -> None:
        self._columns, self._row, self._place = columns, row, place
        self._listing, self._used = listing, used
        self._problems: list[tuple[str, str, str]] = []  # source, code, message
        self._fields: dict[str, RawField] = {}

    def results(self, names: dict[str, int], given: set[str]) -> Iterator[RawRecord | RawReject]:
        try:
            identity, label = self._word("id"), self._word("label")
            group, split = self._word("group") or self._word("subject"), self._split()
        except Reject as problem:
            self._use_media()
            yield RawReject(self._place, self._place, problem.code, problem.message)
            return
        self._read_fields()
        main, alias = self._natural_name()
        if identity is None:
            names[main] = names.get(main, 0) + 1
            identity = main if names[main] == 1 else f"{main}#{names[main]}"
            if names[main] > 1 and alias:
                group = group or main  # a second caption of one file must not leave its split
        if identity in given:
            yield RawReject(identity, self._place, "DUP_ID", "an earlier row has the same id")
            return
        given.add(identity)
        for source, code, message in self._problems:
            yield RawReject(identity, source, code, message)
        if self._fields:
            yield RawRecord(identity, label, split, group, self._fields)
        elif not self._problems:
            yield RawReject(identity, self._place, "ROW_INVALID", "the row has no field at all")

    def _word(self, column: str) -> str | None:
        value = self._row.get(column)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Reject("ROW_INVALID", f"{column} must be a text or a number")
        text = str(value)
        if len(text) > 1000 or not _is_unicode(text):
            raise Reject("ROW_INVALID", f"{column} is longer than 1,000 characters or not Unicode")
        return text

    def _split(self) -> str | None:
        word = self._word("split")
        found = split_of(word) if word else None
        if word and not found:
            raise Reject("ROW_INVALID", f"split must be train, val or test, not {visible(word, 40)}")
        return found

    def _use_media(self) -> None:
        for column in self._columns.media:
            value = self._row.get(column)
            if isinstance(value, str):
                self._used.add(value.removeprefix("./"))

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
                source = f"{self._place} {visible(value, 300)}" if isinstance(value, str) else f"{self._place} {column}"
                self._problems.append((source, problem.code, problem.message))

    def _read_text(self, column: str, name: str) -> None:
        value = self._row.get(column)
        if value is None or value == "":
            return
        if not isinstance(value, str):
            self._problems.append((f"{self._place} {column}", "ROW_INVALID", f"{column} must be a text"))
        elif not _is_unicode(value):
            self._problems.append((f"{self._place} {column}", "TXT_ENCODING", "the text holds lone surrogates"))
        else:
            self._fields[name] = RawField(f"{self._place} {column}", text=value)

    def _medium(self, column: str, value: Any) -> RawField:
        if isinstance(value, str):
            relative, path = self._listing.resolve(value)
            self._used.add(relative)
            return RawField(printable(relative), path=path)
        if isinstance(value, dict):
            if isinstance(value.get("bytes"), bytes):
                return RawField(f"{self._place} {column}", data=value["bytes"])
            if isinstance(value.get("path"), str):
                return self._medium(column, value["path"])
        if isinstance(value, bytes):
            return RawField(f"{self._place} {column}", data=value)
        raise Reject("ROW_INVALID", f"{column} must name a file")

    def _natural_name(self) -> tuple[str, bool]:
        """Id of a row that gives none: its first file, otherwise a digest of what it says."""
        for column in self._columns.media:
            value = self._row.get(column)
            if isinstance(value, dict):
                value = value.get("path")
            if isinstance(value, str) and value and _is_unicode(value):
                return value.removeprefix("./"), True
        said = {k: v for k, v in self._row.items() if isinstance(v, str | int | float)}
        body = jsonio.dumps(said, indent=None).encode("utf-8", "surrogatepass")
        for column in self._columns.media:
            data = self._row.get(column)
            data = data.get("bytes") if isinstance(data, dict) else data
            body += data if isinstance(data, bytes) else b""
        return hashlib.sha256(body).hexdigest()[:16], False


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
