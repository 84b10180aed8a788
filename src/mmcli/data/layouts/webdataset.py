"""WebDataset: shards `name-{000000..000123}.tar` whose adjacent members with the same key form a record.

The key is the path up to the first dot of the base name, the rest is the suffix, in lower case:
`a/0001.left.png` has the key `a/0001` and belongs to the field `left`. Members are streamed, never
extracted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any, ClassVar

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.archives import MAX_READ_BYTES, Member, TarTree
from mmcli.data.layouts.base import BadRow, RawField, RawRecord, RawReject, modality_of, printable, split_of, split_of_path, word_of
from mmcli.data.layouts.columns import Columns, field_name
from mmcli.data.layouts.layout import Layout
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.reading import one_per_text, texts_of, words_of
from mmcli.data.layouts.rows import flat
from mmcli.modalities import registry
from mmcli.modalities.base import Reject

SUFFIXES = (".tar", ".tar.gz", ".tgz")
_SURVEYED = 2000
_MAX_COMPARED = 2**16  # bytes of a text
_KEY = "__key__"
_LABELS = frozenset({"cls", "label"})


class WebDataset(Layout):
    """Reader of the layout."""

    name: ClassVar[str] = "webdataset"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there are tar files without media beside them."""
        return any(name.lower().endswith(SUFFIXES) for name in listing.files) and not any(modality_of(name) for name in listing.files)

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self._shards = [name for name in listing.files if name.lower().endswith(SUFFIXES)]
        if not self._shards:
            raise InputError("the folder has no .tar shard", visible(listing.root), "choose another --format")
        self._media: dict[str, tuple[str, str]] = {}  # suffix -> (field, modality)
        self._same_as: dict[str, str] = {}  # suffix -> key of the .json that says the same
        self.columns = self._survey()

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {**self.columns.fields(), **dict(self._media.values())}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """Records in the order of the shards."""
        seen: set[str] = set()
        for shard in self._shards:
            split = split_of_path(shard)
            for key, members in groupby(self._members(shard), key=lambda member: _key(member.name)[0]):
                yield from _Sample(shard, key, self._media, self.columns).results(members, seen, split)
        yield from self._listing.problems()
        yield from self._listing.unpaired(set(self._shards))

    def account(self, ledger: Ledger) -> None:
        """Note what the members and the columns of the .json members are read as."""
        for suffix, (name, modality) in self._media.items():
            if self._listing.choice.takes(name):
                same = f", which repeat the column {self._same_as[suffix]}" if suffix in self._same_as else ""
                ledger.read(registry.find(modality).plural, name, f"members KEY.{suffix}{same}")
        self.columns.account(ledger, "the .json members", told=self._same_as.values())

    def _members(self, shard: str) -> Iterator[Member]:
        return TarTree(self._listing.root / shard).stream(lambda name: True)

    def _survey(self) -> Columns:
        rows: list[dict[str, Any]] = []
        texts: dict[str, dict[str, str]] = defaultdict(dict)  # field -> key -> first words
        members = (member for shard in self._shards for member in self._members(shard))
        complete = True
        for number, member in enumerate(islice(members, _SURVEYED), start=1):
            complete = number < _SURVEYED
            suffix = _key(member.name)[1]
            modality = modality_of("x." + suffix)
            if modality and suffix not in self._media:
                self._media[suffix] = (field_name(suffix.rpartition(".")[0]) or modality, modality)
            if suffix == "json" and len(rows) < _SURVEYED // 10:
                rows.append({**_json(member, lambda code, message: None), _KEY: _key(member.name)[0]})
            elif modality == registry.inline() and member.size <= _MAX_COMPARED:
                texts[suffix][_key(member.name)[0]] = member.read().decode("utf-8", "replace").strip()
        taken = {name for name, _ in self._media.values()}
        named = [{k: v for k, v in row.items() if not k.startswith("__") and field_name(k) not in taken} for row in rows]
        complete = complete and len(rows) < _SURVEYED // 10
        columns = Columns.of_sidecars(named, visible(self._listing.root), self._listing.choice, complete=complete)
        self._name_by_column(columns.texts, rows, texts)
        if not self._media and not columns.texts:
            raise InputError(
                f"no member of the shards is a {registry.nouns()}", visible(self._listing.root), "name members KEY.jpg, KEY.txt, ..."
            )
        return columns

    def _name_by_column(self, columns: dict[str, str], rows: list[dict[str, Any]], texts: dict[str, dict[str, str]]) -> None:
        """A column that repeats the .txt members, as the captions of img2dataset do, gives them its name."""
        for column, field in columns.items():
            for suffix, words in texts.items():
                said = [(row[column].strip(), words.get(row[_KEY])) for row in rows if isinstance(row.get(column), str)]
                if self._media[suffix][0] == registry.inline() and said and all(one == other for one, other in said):
                    self._media[suffix] = (field, registry.inline())
                    self._same_as[suffix] = column


class _Sample:
    """The members of one key."""

    def __init__(self, shard: str, key: str, media: dict[str, tuple[str, str]], columns: Columns) -> None:
        self._shard, self._id, self._media, self._columns = printable(shard), printable(key), media, columns
        self._rejects: list[RawReject] = []
        self._fields: dict[str, RawField] = {}
        self._lists: dict[str, list[RawField]] = {}
        self._words: dict[str, str] = {}
        self._sidecars: list[tuple[dict[str, Any], str]] = []  # content and name of the .json

    def results(self, members: Iterator[Member], seen: set[str], split: str | None) -> Iterator[RawRecord | RawReject]:
        for member in members:
            try:
                self._add(member)
            except Reject as problem:
                self._reject(member.name, problem.code, problem.message)
        for body, name in self._sidecars:  # last, as members precede columns that say the same
            self._add_columns(body, name)
        if self._id in seen:
            yield RawReject(self._id, f"{self._shard}:{self._id}", "DUP_ID", "an earlier sample has the same key")
            return
        seen.add(self._id)
        yield from self._rejects
        if self._fields or self._lists:
            group = self._words.get("group") or self._words.get("subject")
            split = split_of(self._words.get("split", "")) or split
            yield from one_per_text(RawRecord(self._id, self._words.get("label"), split, group, self._fields), self._lists)

    def _reject(self, name: str, code: str, message: str) -> None:
        self._rejects.append(RawReject(self._id, f"{self._shard}:{printable(name)}", code, message))

    def _add(self, member: Member) -> None:
        suffix = _key(member.name)[1]
        if suffix in self._media:
            self._add_field(self._media[suffix][0], member)
        elif suffix in _LABELS:
            self._words["label"] = word_of(member.read(1000).decode("utf-8", "replace"))
        elif suffix == "json":
            body = _json(member, lambda code, message: self._reject(member.name, code, message))
            self._sidecars.append((body, member.name))
        else:
            raise Reject("UNPAIRED", "the suffix is not a field of this data set")

    def _add_field(self, field: str, member: Member) -> None:
        if field in self._fields:
            raise Reject("DUP_ID", f"the sample has two members for the field {field}")
        if member.size > MAX_READ_BYTES:
            raise Reject("ROW_INVALID", f"larger than {MAX_READ_BYTES:,} bytes")
        self._fields[field] = RawField(f"{self._shard}:{printable(member.name)}", data=member.read())

    def _add_columns(self, body: dict[str, Any], name: str) -> None:
        problems: list[tuple[str, str, str]] = []
        texts, lists = texts_of(body, self._columns, f"{self._shard}:{printable(name)}", problems)
        self._rejects += [RawReject(self._id, place, code, message) for place, code, message in problems]
        self._fields = {**texts, **self._fields}
        self._lists |= lists
        self._words |= words_of(body, self._columns.choice)


def _key(name: str) -> tuple[str, str]:
    folder, slash, base = name.rpartition("/")
    stem, _, suffix = base.partition(".")
    return folder + slash + stem, suffix.lower()


def _json(member: Member, complain: Any) -> dict[str, Any]:
    try:
        body = jsonio.loads(member.read(2**20)) if member.size <= 2**20 else None
    except jsonio.JsonError as error:
        complain("ROW_INVALID", f"not JSON: {error}")
        return {}
    if not isinstance(body, dict):
        complain("ROW_INVALID", "not a JSON object of at most 1 MiB")
        return {}
    row = flat(body)
    if isinstance(row, BadRow):
        complain("ROW_INVALID", row.message)
        return {}
    return row
