"""WebDataset: shards `name-{000000..000123}.tar` whose adjacent members with the same key form a record.

The key is the path up to the first dot of the base name, the rest is the suffix, in lower case:
`a/0001.left.png` has the key `a/0001` and belongs to the field `left`. Members are streamed, never
extracted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any, ClassVar

from mmcli.artifacts import jsonio, raw
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.archives import MAX_READ_BYTES, Member, TarTree
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, is_unicode, modality_of, printable, split_of
from mmcli.data.layouts.columns import Columns, field_name
from mmcli.data.layouts.listing import Listing
from mmcli.modalities import registry
from mmcli.modalities.base import Reject

SUFFIXES = (".tar", ".tar.gz", ".tgz")
_SURVEYED = 2000
_LABELS = frozenset({"cls", "label"})


class WebDataset:
    """Reader of the layout."""

    name: ClassVar[str] = "webdataset"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there are tar files without media beside them."""
        return any(name.lower().endswith(SUFFIXES) for name in listing.files) and not any(modality_of(name) for name in listing.files)

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._shards = [name for name in listing.files if name.lower().endswith(SUFFIXES)]
        if not self._shards:
            raise InputError("the folder has no .tar shard", visible(listing.root), "choose another --format")
        self._media: dict[str, tuple[str, str]] = {}  # suffix -> (field, modality)
        self._texts: dict[str, str] = {}  # key of the .json -> field
        self._survey()

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {**dict.fromkeys(self._texts.values(), registry.inline()), **dict(self._media.values())}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """Records in the order of the shards."""
        seen: set[str] = set()
        for shard in self._shards:
            split = split_of(re.split(r"[-_.]", shard.rpartition("/")[2])[0]) or split_of(shard.partition("/")[0])
            for key, members in groupby(self._members(shard), key=lambda member: _key(member.name)[0]):
                yield from _Sample(shard, key, self._media, self._texts).results(members, seen, split)
        yield from self._listing.problems()
        yield from self._listing.unpaired(set(self._shards))

    def _members(self, shard: str) -> Iterator[Member]:
        return TarTree(self._listing.root / shard).stream(lambda name: True)

    def _survey(self) -> None:
        rows: list[dict[str, Any]] = []
        members = (member for shard in self._shards for member in self._members(shard))
        for member in islice(members, _SURVEYED):
            suffix = _key(member.name)[1]
            modality = modality_of("x." + suffix)
            if modality and suffix not in self._media:
                self._media[suffix] = (field_name(suffix.rpartition(".")[0]) or modality, modality)
            elif suffix == "json" and len(rows) < _SURVEYED // 10:
                body = _json(member, lambda code, message: None)
                rows.append(body)
        taken = {name for name, _ in self._media.values()}
        rows = [{k: v for k, v in row.items() if not k.startswith("__") and field_name(k) not in taken} for row in rows]
        try:
            self._texts = Columns.survey(rows, visible(self._listing.root), is_media=lambda column, value: False).texts
        except InputError:
            self._texts = {}
        if not self._media and not self._texts:
            raise InputError(
                f"no member of the shards is a {registry.nouns()}", visible(self._listing.root), "name members KEY.jpg, KEY.txt, ..."
            )


class _Sample:
    """The members of one key."""

    def __init__(self, shard: str, key: str, media: dict[str, tuple[str, str]], texts: dict[str, str]) -> None:
        self._shard, self._id, self._media, self._texts = printable(shard), printable(key), media, texts
        self._rejects: list[RawReject] = []
        self._fields: dict[str, RawField] = {}
        self._words: dict[str, str] = {}

    def results(self, members: Iterator[Member], seen: set[str], split: str | None) -> Iterator[RawRecord | RawReject]:
        for member in members:
            try:
                self._add(member)
            except Reject as problem:
                self._reject(member, problem.code, problem.message)
        if self._id in seen:
            yield RawReject(self._id, f"{self._shard}:{self._id}", "DUP_ID", "an earlier sample has the same key")
            return
        seen.add(self._id)
        yield from self._rejects
        if self._fields:
            group = self._words.get("group") or self._words.get("subject")
            yield RawRecord(self._id, self._words.get("label"), split_of(self._words.get("split", "")) or split, group, self._fields)

    def _reject(self, member: Member, code: str, message: str) -> None:
        self._rejects.append(RawReject(self._id, f"{self._shard}:{printable(member.name)}", code, message))

    def _add(self, member: Member) -> None:
        suffix = _key(member.name)[1]
        if suffix in self._media:
            self._add_field(self._media[suffix][0], member)
        elif suffix in _LABELS:
            self._words["label"] = member.read(1000).decode("utf-8", "replace").strip()
        elif suffix == "json":
            body = _json(member, lambda code, message: self._reject(member, code, message))
            self._add_columns(body, member)
        else:
            raise Reject("UNPAIRED", "the suffix is not a field of this data set")

    def _add_field(self, field: str, member: Member) -> None:
        if field in self._fields:
            raise Reject("DUP_ID", f"the sample has two members for the field {field}")
        if member.size > MAX_READ_BYTES:
            raise Reject("ROW_INVALID", f"larger than {MAX_READ_BYTES:,} bytes")
        self._fields[field] = RawField(f"{self._shard}:{printable(member.name)}", data=member.read())

    def _add_columns(self, body: dict[str, Any], member: Member) -> None:
        for column, field in self._texts.items():
            value = body.get(column)
            if isinstance(value, str) and value and field not in self._fields:
                if not is_unicode(value):
                    raise Reject("TXT_ENCODING", "the text contains lone surrogates")
                self._fields[field] = RawField(f"{self._shard}:{printable(member.name)} {column}", text=value)
        self._words |= {word: str(body[word]) for word in raw.WORDS if isinstance(body.get(word), str | int) and body[word] != ""}


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
    return body
