"""Files that share a stem are a record: `0001.txt`, `0001.jpg` and `0001.wav`; `0001.json` adds columns.

Folders give the rest, see `tree`: splits and classes (`[split/]class/file`), classes and groups
(`speaker/chapter/file`), fields (`photos/0001.jpg`, `words/0001.txt`), or records. The stem is the path without
its last extension, so dots inside it are kept; `pairing` joins stems that differ a little.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, ClassVar

from mmcli.artifacts import jsonio
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts import tree
from mmcli.data.layouts.base import BadRow, RawField, RawRecord, RawReject, modality_of, printable, split_of, suffix_of
from mmcli.data.layouts.columns import Columns, field_name
from mmcli.data.layouts.grouping import Grouping
from mmcli.data.layouts.layout import Layout
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.pairing import Pairs, pair
from mmcli.data.layouts.reading import one_per_text, texts_of, words_of
from mmcli.data.layouts.rows import flat
from mmcli.modalities import registry
from mmcli.modalities.base import Reject

_MAX_JSON_BYTES = 2**20
_MAX_TEXT_BYTES = 2**16
_SURVEYED_JSON = 200
_SIDECAR = "<sidecar>"  # in place of a field's name
_TRANSCRIPTS = ".trans.txt"  # LibriSpeech: one list per chapter
_SHOWN = 5


class SameStem(Layout):
    """Reader of files that share a stem."""

    name: ClassVar[str] = "same-stem"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether the folders mean this layout, and there is an item of any modality."""
        return any(map(modality_of, listing.files)) and tree.analyse(listing).layout == cls.name

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        if not any(map(modality_of, listing.files)):
            raise InputError(f"the folder contains no {registry.nouns()}", visible(listing.root), f"use {registry.some_suffixes()}, ...")
        found = tree.analyse(listing)
        self._roles = found if found.layout == self.name else tree.forced(listing, self.name)
        self._grouping = Grouping(listing, self._roles)
        self._media, self._field_of = self._grouping.media, self._grouping.field_of
        self._same_as: dict[str, str] = {}  # field of text files -> its name by the column that repeats them
        self._same_column = ""
        self.columns = self._survey_columns()

    def fields(self) -> dict[str, str]:
        """Field names and modalities: a field is named after its folder, otherwise after its modality."""
        media = {self._same_as.get(name, name): modality for name, modality in self._media.items()}
        return {**media, **self.columns.fields()}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per stem, then the files that cannot be read."""
        groups = self._pairs.groups
        for key in sorted(groups):
            yield from self._record(key, sorted(groups[key]))
        for folder in sorted(self._roles.strays):
            for base in self._listing.folders[folder]:
                name = f"{folder}/{base}".lstrip("/")
                yield RawReject(printable(name), printable(name), "UNPAIRED", "no file of the folders beside it has this stem")
        yield from self._listing.problems()

    def account(self, ledger: Ledger) -> None:
        """Note what the folders and names are read as."""
        roles = self._roles
        suffixes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name in self._listing.files:
            suffixes[self._field_of(name)][suffix_of(name)] += 1
        for name, modality in self._media.items():
            folders = ", ".join(f"{folder}/" for folder, known in self._grouping.folders.items() if known == name)
            kinds = ", ".join(f"{number:,} {suffix}" for suffix, number in suffixes[name].most_common())
            field = self._same_as.get(name, name)
            if self._listing.choice.takes(field):
                ledger.read(registry.find(modality).plural, field, kinds + (f" in {folders}" if folders else ""))
        for role, level, names in (("split", roles.split, roles.splits), ("label", roles.label, roles.labels), ("group", roles.group, {})):
            if level is not None:
                ledger.read(role, _folders_in_words(level), _named(names))
        for how, number in self._pairs.joined.items():
            ledger.note("joined", "records", f"whose files' names differ {how}, e.g. {self._example(how)}", count=number)
        for field in self._same_as.values():
            ledger.note("same", field, f"the column {self._same_column} of the .json files repeats the text files: one field")
        self.columns.account(ledger, "the .json files")

    def warnings(self) -> list[str]:
        """What could have been read otherwise, and near misses."""
        joined = [
            f"{counted(number, 'record')} joined from files whose names differ {how}, e.g. {self._example(how)}"
            for how, number in self._pairs.joined.items()
        ]
        return [*self._roles.notes, *joined, *(near.text() for near in self._pairs.near)]

    def pairing_advice(self) -> str:
        """How files become records, with two files that could be one."""
        if any(name.endswith(_TRANSCRIPTS) for name in self._listing.files):
            return f"convert the lists of transcripts (*{_TRANSCRIPTS}): mmcli import librispeech {visible(self._listing.root)} -o NEW"
        first: dict[str, str] = {}
        for names in self._pairs.groups.values():
            if len({field for name in names if (field := self._field_of(name))}) == 1:
                first.setdefault(self._field_of(names[0]), names[0])
        names = [name for field, name in first.items() if field][:2]
        if len(names) < 2:
            return "give the files of a record the same name, or list them in a metadata.jsonl"
        one, other = (visible(printable(name), 60) for name in names)
        return f"give the files of a record the same name but for the extension: rename {other} if it belongs to {one}"

    def _example(self, how: str) -> str:
        return " and ".join(visible(printable(name), 60) for name in self._pairs.examples[how])

    @cached_property
    def _pairs(self) -> Pairs:
        if len(self._media) == 1 and not any(name.lower().endswith(".json") for name in self._listing.files):
            return Pairs(self._grouping.records)
        return pair(self._grouping.records, lambda name: _SIDECAR if suffix_of(name) == ".json" else self._field_of(name))

    def _record(self, key: str, names: list[str]) -> Iterator[RawRecord | RawReject]:
        identity = printable(key)
        fields: dict[str, RawField] = {}
        columns: dict[str, Any] = {}
        sidecar = ""
        problems: list[tuple[str, str, str]] = []
        for name in names:
            try:
                if not self._add_medium(name, fields):
                    if sidecar:
                        raise Reject("DUP_ID", "a second .json file of the record")
                    columns, sidecar = self._read_json(name), name
            except Reject as problem:
                yield RawReject(identity, printable(name), problem.code, problem.message)
        lists = self._inline(columns, printable(sidecar), fields, problems) if columns else {}
        for column, code, message in problems:
            yield RawReject(identity, column, code, message)
        first = next((name for name in names if modality_of(name)), names[0]) if columns else names[0]
        place = self._grouping.place_of(first)
        words = words_of(columns, self._listing.choice) if columns else {}
        if fields or lists:
            group = words.get("group") or words.get("subject") or place.group
            label, split = words.get("label") or place.label, split_of(words.get("split", "")) or place.split
            yield from one_per_text(RawRecord(identity, label, split, group, fields), lists)
        elif sidecar:
            yield RawReject(identity, printable(sidecar), "UNPAIRED", f"no {registry.nouns()} has this stem")

    def _add_medium(self, name: str, fields: dict[str, RawField]) -> bool:
        """Add a file to the fields; gives whether it is one, rather than a sidecar."""
        field = self._field_of(name)
        if not field:
            if suffix_of(name) == ".json":
                return False
            raise Reject("UNPAIRED", "unsupported extension")
        field = self._same_as.get(field, field)
        if field in fields:
            raise Reject("DUP_ID", f"a second {field} file with the same stem")
        fields[field] = RawField(printable(name), path=self._listing.path(name))
        return True

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            body = jsonio.read(self._listing.path(name), _MAX_JSON_BYTES)
        except jsonio.JsonError as error:
            raise Reject("ROW_INVALID", f"not JSON: {error}") from None
        except OSError as error:
            raise Reject("CHANGED", f"cannot be read: {error.strerror}") from None
        row = flat(body) if isinstance(body, dict) else BadRow("not a JSON object")
        if isinstance(row, BadRow):
            raise Reject("ROW_INVALID", row.message)
        return row

    def _sidecar_of(self, names: list[str]) -> dict[str, Any]:
        """The columns of a record: those of its first `.json` file that can be read."""
        for name in sorted(name for name in names if suffix_of(name) == ".json"):
            with suppress(Reject):
                return self._read_json(name)
        return {}

    def _inline(
        self, columns: dict[str, Any], source: str, fields: dict[str, RawField], problems: list[tuple[str, str, str]]
    ) -> dict[str, list[RawField]]:
        """Add the texts of the `.json` file to the fields, and return its lists of texts."""
        texts, lists = texts_of(columns, self.columns, source, problems)
        for field in self._same_as.values():
            value = columns.get(self._same_column)
            if isinstance(value, str) and value:
                texts[field] = RawField(f"{source} {self._same_column}", text=value.encode("utf-8", "replace").decode())
        for name, value in texts.items():
            fields.setdefault(name, value)
        return lists

    def _survey_columns(self) -> Columns:
        rows: list[dict[str, Any]] = []
        beside: list[str] = []  # the text file of each row
        for names in self._grouping.records.values():
            if len(rows) < _SURVEYED_JSON and (row := self._sidecar_of(names)):
                rows.append(row)
                beside.append(next((name for name in names if self._media.get(self._field_of(name)) == registry.inline()), ""))
        named = [{k: v for k, v in row.items() if field_name(k) not in self._media} for row in rows]
        complete = len(rows) < _SURVEYED_JSON
        columns = Columns.of_sidecars(named, visible(self._listing.root), self._listing.choice, complete=complete)
        same = next((column for column in columns.texts if self._says_the_same(column, rows, beside)), None)
        if same is not None:
            self._same_column = same
            self._same_as[self._field_of(next(filter(None, beside)))] = columns.texts.pop(same)
        return columns

    def _says_the_same(self, column: str, rows: list[dict[str, Any]], beside: list[str]) -> bool:
        """Whether a column repeats the text files, as the captions of img2dataset do."""
        said = [(row.get(column), name) for row, name in zip(rows, beside, strict=True) if name]
        if 2 * len(said) <= len(rows) or len({self._field_of(name) for _, name in said}) > 1:
            return False
        heads = (self._listing.head(name, _MAX_TEXT_BYTES).decode("utf-8", "replace") for _, name in said)
        return all(isinstance(value, str) and value.strip() == head.strip() for (value, _), head in zip(said, heads, strict=True))


class ClassFolders(SameStem):
    """Reader of `[split/]class/file` and `class/split/file`: the innermost folder is the label."""

    name: ClassVar[str] = "class-folders"

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        media = [name for name in listing.files if modality_of(name)]
        if not any("/" in name for name in media):
            where = f"{visible(listing.root)}/{visible(printable(media[0]))}"
            raise InputError("no file is in a class folder", where, "put the files of each class into a folder named after it")


class NestedFolders(SameStem):
    """Reader of classes that are divided further: `speaker/chapter/file`, the label and the group of its records."""

    name: ClassVar[str] = "nested-folders"


class RecordFolders(SameStem):
    """Reader of one folder per record: `0001/photo.jpg`, `0001/words.txt`."""

    name: ClassVar[str] = "record-folders"


def _folders_in_words(level: int) -> str:
    return "the innermost folder" if level < 0 else f"folders at depth {level + 1}"


def _named(names: dict[str, str | None] | dict[str, str] | dict[str, Any]) -> str:
    """The folders and what they are read as."""
    by_meaning: defaultdict[str, list[str]] = defaultdict(list)
    for name, meaning in sorted(names.items()):
        by_meaning[meaning or "none"].append(printable(name))
    said = [meaning if found == [meaning] else f"{', '.join(found[:_SHOWN])} as {meaning}" for meaning, found in by_meaning.items()]
    more = len(said) - _SHOWN
    return ", ".join(said[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
