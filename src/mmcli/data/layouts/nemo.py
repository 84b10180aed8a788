"""NeMo and lhotse manifests: JSON lines that name a sound and give its transcript.

`audio_filepath` (or `audio_filename`), `text` or `text_filepath`, optional `offset` and
`duration` in seconds, `speaker` (which becomes the group), `label`. Paths are relative to the
manifest's folder.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, ClassVar

from mmcli.artifacts import raw
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, Row, printable, split_in
from mmcli.data.layouts.columns import Columns
from mmcli.data.layouts.layout import TableLayout
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.rows import flat, json_rows
from mmcli.modalities.base import Reject

_AUDIO = ("audio_filepath", "audio_filename")
_MEDIA = {"audio": ("audio", "audio"), "text_filepath": ("text", "text")}
_KNOWN = frozenset({"audio", "text", "text_filepath", "offset", "duration", "speaker", *raw.RESERVED})
_SURVEYED = 1000  # lines per manifest
_MAX_SEGMENT_S = 3600.0


class NemoManifest(TableLayout):
    """Reader of the layout."""

    name: ClassVar[str] = "nemo"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a JSON Lines file at the top level names sounds."""
        return bool(_manifests(listing))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing, _manifests(listing))
        where = visible(listing.root)
        if not self._tables:
            raise InputError("the folder has no manifest with audio_filepath", where, "choose another --format")
        rows = [row for name in self._tables for _, row in islice(self._rows(name), _SURVEYED) if isinstance(row, dict)]
        others = ({key: value for key, value in row.items() if key not in _KNOWN} for row in rows)
        self.columns = Columns.of_sidecars(others, where, listing.choice, complete=len(rows) < _SURVEYED)
        # Lines of one manifest may contain their text or name its file; both become the field text.
        given = {column for row in rows for column in ("audio", "text_filepath", "text") if row.get(column)}
        self.columns.media |= {column: _MEDIA[column] for column in _MEDIA if column in given}
        if "text" in given:
            self.columns.texts["text"] = "text"
        self.columns.seen = tuple(dict.fromkeys(key for row in rows for key in row))

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per line, then the files that no line names."""
        spans: list[_Span] = []  # of the line being read
        rows_of = partial(self._noting_spans, spans=spans)
        for result in self.columns.records_of_tables(self._tables, rows_of, self._listing, split_in):
            yield from _cut(result, spans[-1]) if isinstance(result, RawRecord) else (result,)

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        for number, row in json_rows(self._listing.root / table, self._listing.choice.encoding):
            found = flat(row)
            yield number, _normal(found) if isinstance(found, dict) else found

    def _noting_spans(self, name: str, spans: list[_Span]) -> Iterator[tuple[int, Row]]:
        for number, row in self._rows(name):
            body = row if isinstance(row, dict) else {}
            spans[:] = [_Span(f"{printable(name)}:{number}", body.get("offset"), body.get("duration"))]
            yield number, row


@dataclass(frozen=True)
class _Span:
    """The segment of a sound that a line selects, in seconds as given."""

    place: str
    offset: Any
    duration: Any


def _cut(record: RawRecord, span: _Span) -> Iterator[RawRecord | RawReject]:
    """The record with the selected segment of its sound; without an offset, the whole file."""
    audio = record.fields.get("audio")
    if span.offset is None or audio is None or audio.path is None:
        yield record
        return
    # Segments of one recording share its speaker and room.
    group = record.group or audio.source
    try:
        part = RawField(f"{audio.source} from {span.offset} s", data=read_segment(audio, span.offset, span.duration))
        yield replace(record, fields={**record.fields, "audio": part}, group=group)
    except Reject as problem:
        yield RawReject(record.id, f"{span.place} {audio.source}", problem.code, problem.message)
        rest = {name: field for name, field in record.fields.items() if name != "audio"}
        if rest:
            yield replace(record, fields=rest, group=group)


def read_segment(audio: RawField, offset: Any, duration: Any) -> bytes:
    """Read a segment of a sound file as the bytes of a WAV file.

    Args:
        audio: Field with a path.
        offset: Start in seconds.
        duration: Length in seconds.

    Raises:
        Reject: The segment is not within the file, or the file cannot be read.
    """
    import soundfile
    from scipy.io import wavfile

    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (offset, duration))
    if not numbers or offset < 0 or not 0 < duration <= _MAX_SEGMENT_S:
        raise Reject("ROW_INVALID", f"offset and duration must be in seconds, at most {_MAX_SEGMENT_S:.0f}")
    try:
        with soundfile.SoundFile(audio.path) as sound:
            start, count = round(offset * sound.samplerate), round(duration * sound.samplerate)
            if start >= sound.frames:
                raise Reject("ROW_INVALID", "the offset is beyond the end of the sound")
            sound.seek(start)
            samples = sound.read(count, dtype="float32", always_2d=True)
            packed = io.BytesIO()
            # libsndfile would write the time of day into a WAV of floats, and the record's digest would change.
            wavfile.write(packed, sound.samplerate, samples)
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise Reject("AUD_CORRUPT", visible(error)) from None
    return packed.getvalue()


def _normal(row: dict[str, Any]) -> dict[str, Any]:
    """The row with our column names; `text_filepath` is used only if there is no `text`."""
    audio = next((row[key] for key in _AUDIO if row.get(key)), None)
    body = {key: value for key, value in row.items() if key not in _AUDIO}
    body["text_filepath"] = None if row.get("text") else row.get("text_filepath")
    body |= {"audio": audio, "group": row.get("group") or row.get("speaker")}
    if row.get("offset") is not None and not row.get("id"):
        body["id"] = f"{audio}@{row['offset']}"
    return body


def _manifests(listing: Listing) -> list[str]:
    names = listing.likely(listing.top(".json", ".jsonl", ".manifest"), "manifest")
    return [name for name in names if any(f'"{key}"'.encode() in listing.head(name) for key in _AUDIO)]
