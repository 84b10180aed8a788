"""From the records of a raw folder to drafts on disk: chunks, workers, and resuming after a kill."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmcli.core.threads import import_ahead
from mmcli.core.ui import Ui
from mmcli.data.decoding.pool import DecoderPool
from mmcli.data.layouts.base import RawField, RawRecord, RawReject
from mmcli.modalities.ingest import Ingest
from mmcli.stages.preprocess.journal import Journal
from mmcli.stages.preprocess.table import Table

if TYPE_CHECKING:
    from mmcli.data.layouts.folder import RawFolder

_CHUNK_BYTES = 8 * 2**20
_CHUNK_RECORDS = (16, 256)
_CHUNK_FILE_BYTES = 32 * 2**20  # sounds are kept whole, so the size of a chunk grows with its files


def read_everything(
    folder: RawFolder, ingests: Mapping[str, Ingest], table: Table, journal: Journal, work: Path, pool: DecoderPool, ui: Ui
) -> None:
    """Decode all records into drafts and into the table; resumes where the journal says.

    Args:
        folder: The raw folder.
        ingests: Reader of each field.
        table: Collects accepted and rejected items.
        journal: Contains the state of an earlier run, if there was one.
        work: Folder of the drafts.
        pool: The workers.
        ui: Shows progress.
    """
    pool.prepare(ingests)
    import_ahead("pyarrow.parquet")  # for the table at the end
    beginning = journal.read()
    entries = int(beginning["entries"]) if beginning else 0
    reader = UniqueRecords(folder.records(), _chunk_size(ingests), entries)
    chunks = (folder.num_items // len(ingests) - entries) // _chunk_size(ingests)

    def state() -> dict[str, Any]:
        fields = {name: ingest.state() for name, ingest in ingests.items()}
        return {"entries": entries, "table": table.state(), "fields": fields}

    for name, ingest in ingests.items():
        (work / name).mkdir(exist_ok=True)
        ingest.open(work / name, beginning["fields"][name] if beginning else None)
    with ui.progress("decoding", folder.num_items, "items") as bar:
        for decoded in pool.map(reader, chunks):
            size, rejects = reader.sidecars.popleft()
            table.add(decoded, rejects)
            if decoded.kept:
                for name, ingest in ingests.items():
                    ingest.append(decoded.packed[name])
            entries += size
            journal.offer(state)
            bar.advance_to(min(table.seen, folder.num_items), f"{table.rejected:,} rejected" if table.rejected else "")
    journal.write(state())


class UniqueRecords:
    """Chunks of records with unique ids.

    Args:
        entries: What the layout yields.
        size: Maximum number of entries per chunk.
        skip: Number of entries that were read before.

    Attributes:
        sidecars: Per chunk its number of entries, and the items from which no record could be made.
    """

    def __init__(self, entries: Iterator[RawRecord | RawReject], size: int, skip: int = 0) -> None:
        self.sidecars: deque[tuple[int, list[RawReject]]] = deque()
        self._size, self._entries = size, entries
        self._ids = {entry.id for entry in islice(entries, skip) if isinstance(entry, RawRecord)}

    def __iter__(self) -> Iterator[list[RawRecord]]:
        while chunk := list(_until_full(self._entries, self._size)):
            records, rejects = [], []
            for entry in chunk:
                if isinstance(entry, RawReject):
                    rejects.append(entry)
                elif entry.id in self._ids:
                    rejects += [RawReject(entry.id, raw.source, "DUP_ID", "duplicate id") for raw in entry.fields.values()]
                else:
                    self._ids.add(entry.id)
                    records.append(entry)
            self.sidecars.append((len(chunk), rejects))
            yield records


def _until_full(entries: Iterator[RawRecord | RawReject], size: int) -> Iterator[RawRecord | RawReject]:
    """The next entries, at most `size`, and none after those whose files already fill a chunk."""
    total = 0
    for entry in islice(entries, size):
        yield entry
        total += sum(map(_file_bytes, entry.fields.values())) if isinstance(entry, RawRecord) else 0
        if total >= _CHUNK_FILE_BYTES:
            return


def _file_bytes(raw: RawField) -> int:
    if raw.path is None:
        return len(raw.data or b"")
    try:
        return raw.path.stat().st_size
    except OSError:
        return 0  # the reader reports the error


def _chunk_size(ingests: Mapping[str, Ingest]) -> int:
    row_bytes = sum(ingest.draft_bytes for ingest in ingests.values())
    least, most = _CHUNK_RECORDS
    return max(least, min(most, _CHUNK_BYTES // max(row_bytes, 1)))
