"""Read and decode the fields of records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmcli.modalities.base import Ingest, Reject
from mmcli.modalities.files import read_bytes
from mmcli.sources import RawField, RawRecord, RawReject


@dataclass(frozen=True)
class Item:
    """A decoded field of a record."""

    source: str
    sha256: str
    text: str | None
    draft: Any


@dataclass(frozen=True)
class Decoded:
    """A record with those of its fields that could be used, and what was wrong with the others."""

    record: RawRecord
    items: dict[str, Item]
    rejects: tuple[RawReject, ...]


def decode_records(chunk: Iterable[RawRecord | RawReject], ingests: Mapping[str, Ingest]) -> Iterator[Decoded | RawReject]:
    """Decode a chunk in its order; problems found earlier pass through."""
    for entry in chunk:
        yield entry if isinstance(entry, RawReject) else _decode_record(entry, ingests)


def _decode_record(record: RawRecord, ingests: Mapping[str, Ingest]) -> Decoded:
    items, rejects = {}, []
    for name, raw in record.fields.items():
        try:
            items[name] = _decode_field(raw, ingests[name])
        except Reject as reject:
            rejects.append(RawReject(record.id, raw.source, reject.code, reject.message))
    return Decoded(record, items, tuple(rejects))


def _decode_field(raw: RawField, ingest: Ingest) -> Item:
    source: bytes | str
    if raw.text is not None:
        source = raw.text
    elif raw.data is not None:
        source = raw.data
    elif raw.path is not None:
        source = read_bytes(raw.path, ingest.max_bytes, ingest.too_large)
    else:
        raise Reject("NOT_FOUND", "the field names nothing")
    draft = ingest.decode(source)
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    return Item(raw.source, hashlib.sha256(data).hexdigest(), ingest.text_of(draft), draft)
