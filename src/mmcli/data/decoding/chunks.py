"""Decode a chunk of records in a worker: raw files in, packed drafts and rejects out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmcli.data.layouts.base import RawField, RawRecord, RawReject
from mmcli.modalities.base import Reject
from mmcli.modalities.files import read_bytes
from mmcli.modalities.ingest import Ingest, Pieces

Found = dict[str, tuple[dict[str, Any], Any]]  # field -> (columns, draft)
Verdict = tuple[str, str]  # code and message
Poisoned = Mapping[tuple[int, str], Verdict]  # (record of the chunk, field) -> why it is not retried


@dataclass(frozen=True)
class Kept:
    """A usable record; `columns` holds its columns of the records table, per field."""

    id: str
    label: str | None
    split: str | None
    group: str | None
    columns: dict[str, dict[str, Any]]


@dataclass
class Decoded:
    """Result of decoding a chunk.

    Attributes:
        kept: Records with at least one usable field.
        packed: Field name to packed drafts, aligned with `kept`.
        rejects: Items that cannot be used.
        ok: Number of usable items.
    """

    kept: list[Kept] = field(default_factory=list)
    packed: dict[str, Any] = field(default_factory=dict)
    rejects: list[RawReject] = field(default_factory=list)
    ok: int = 0


def decode_chunk(
    records: Sequence[RawRecord],
    ingests: Mapping[str, Ingest],
    poisoned: Poisoned | None = None,
    announce: Callable[[int, int], None] = lambda record, place: None,
) -> Decoded:
    """Decode every field of every record.

    Args:
        records: The records.
        ingests: Decoder of each field; their order numbers the fields.
        poisoned: Items to reject without decoding.
        announce: Called with the number of the record and of the field before each item.
    """
    result = Decoded()
    drafts: dict[str, list[Any]] = {name: [] for name in ingests}
    places = {name: place for place, name in enumerate(ingests)}
    for number, record in enumerate(records):
        found: Found = {}
        for name, raw in record.fields.items():
            announce(number, places[name])
            try:
                if poisoned and (number, name) in poisoned:
                    raise Reject(*poisoned[number, name])
                found[name] = _decode_field(raw, ingests[name])
            except Reject as reject:
                result.rejects.append(RawReject(record.id, raw.source, reject.code, reject.message))
            except MemoryError:
                message = "decoding exceeds the memory limit"
                result.rejects.append(RawReject(record.id, raw.source, "DECODER_MEMORY", message))
        if found:
            result.ok += len(found)
            _keep(record, found, ingests, result.kept, drafts)
    announce(-1, -1)
    if result.kept:
        for name, ingest in ingests.items():
            _identify(name, ingest, result.kept, drafts[name])
        result.packed = {name: ingest.pack(drafts[name]) for name, ingest in ingests.items()}
    return result


def content(raw: RawField, max_bytes: int, too_large: str) -> bytes | str:
    """Read a raw field: the text itself, or the bytes of its file or archive member.

    Raises:
        Reject: The file cannot be read, or is larger than `max_bytes` (with the code `too_large`).
    """
    if raw.text is not None:
        return raw.text
    if raw.data is not None:
        return raw.data
    if raw.path is None:
        raise Reject("NOT_FOUND", "the field names no file")
    return read_bytes(raw.path, max_bytes, too_large)


def _decode_field(raw: RawField, ingest: Ingest) -> tuple[dict[str, Any], Any]:
    source = content(raw, ingest.max_bytes, ingest.too_large)
    draft = ingest.decode(source)
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    return {"source": raw.source, "sha256": hashlib.sha256(data).hexdigest()}, draft


def _identify(name: str, ingest: Ingest, kept: Sequence[Kept], drafts: Sequence[Any]) -> None:
    """Add the digest and the perceptual hash of each draft to its columns."""
    there = [(record.columns[name], draft) for record, draft in zip(kept, drafts, strict=True) if draft is not None]
    for (columns, _), found in zip(there, ingest.identities([draft for _, draft in there]) if there else (), strict=True):
        columns.update(found._asdict())


def _keep(
    record: RawRecord,
    found: Found,
    ingests: Mapping[str, Ingest],
    kept: list[Kept],
    drafts: dict[str, list[Any]],
) -> None:
    """Append the record, or one record per piece if a field was split into pieces."""
    pieces = max([len(draft) for _, draft in found.values() if isinstance(draft, Pieces)], default=0)
    for piece in range(max(pieces, 1)):
        columns: dict[str, dict[str, Any]] = {}
        for name, ingest in ingests.items():
            facts, draft = found.get(name, (None, None))
            if isinstance(draft, Pieces):
                draft = draft[piece] if piece < len(draft) else None
            drafts[name].append(draft)
            if facts is not None and draft is not None:
                columns[name] = {**facts, **ingest.columns(draft)}
        suffix = f"@{piece:04d}" if pieces > 1 else ""
        group = record.group or (record.id if pieces > 1 else None)
        kept.append(Kept(record.id + suffix, record.label, record.split, group, columns))
