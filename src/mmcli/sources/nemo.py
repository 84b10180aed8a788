"""NeMo and lhotse manifests: JSON lines that name a sound and say what is said in it.

`audio_filepath` (or `audio_filename`), `text` or `text_filepath`, optional `offset` and
`duration` in seconds, `speaker` (which becomes the group), `label`. Paths are relative to the
manifest's folder.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar

from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.modalities.base import Reject
from mmcli.sources.base import RawField, RawRecord, RawReject, split_of
from mmcli.sources.columns import Columns, Ledger
from mmcli.sources.listing import Listing
from mmcli.sources.rows import Row, json_rows

_AUDIO = ("audio_filepath", "audio_filename")
_MAX_SEGMENT_S = 3600.0


class NemoManifest:
    """Reader of the layout."""

    name: ClassVar[str] = "nemo"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a file of JSON lines at the top names sounds."""
        return bool(_manifests(listing))

    def __init__(self, listing: Listing) -> None:
        self._listing, self._manifests = listing, _manifests(listing)
        where = visible(listing.root)
        if not self._manifests:
            raise InputError("the folder has no manifest with audio_filepath", where, "choose another --format")
        rows = [row for name in self._manifests for _, row in islice(self._rows(name), 1000) if isinstance(row, dict)]
        self._columns = Columns(where)
        if any(row.get("audio") for row in rows):
            self._columns.media["audio"] = ("audio", "audio")
        if any(row.get("text_filepath") for row in rows):
            self._columns.media["text_filepath"] = ("text", "text")
        elif any(row.get("text") for row in rows):
            self._columns.texts["text"] = "text"

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return self._columns.fields()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """A record per line, then the files that no line names."""
        ledger = Ledger(files=set(self._manifests))
        for name in self._manifests:
            split = next((found for word in re.split(r"[-_.]", name) if (found := split_of(word))), None)
            spans: list[tuple[Any, Any]] = []
            rows = self._noting_spans(name, spans)
            for result in self._columns.records(rows, name, self._listing, ledger, split=split):
                yield self._cut(result, *spans[-1]) if isinstance(result, RawRecord) else result
        yield from self._listing.problems()
        yield from self._listing.unpaired(ledger.files)

    def _rows(self, name: str) -> Iterator[tuple[int, Row]]:
        for number, row in json_rows(self._listing.root / name):
            yield number, _normal(row) if isinstance(row, dict) else row

    def _noting_spans(self, name: str, spans: list[tuple[Any, Any]]) -> Iterator[tuple[int, Row]]:
        for number, row in self._rows(name):
            spans[:] = [(row.get("offset"), row.get("duration"))] if isinstance(row, dict) else [(None, None)]
            yield number, row

    def _cut(self, record: RawRecord, offset: Any, duration: Any) -> RawRecord | RawReject:
        """The record with the named part of its sound; without an offset the whole file is meant."""
        audio = record.fields.get("audio")
        if offset is None or audio is None or audio.path is None:
            return record
        try:
            data = read_segment(audio, offset, duration)
        except Reject as problem:
            return RawReject(record.id, audio.source, problem.code, problem.message)
        part = RawField(f"{audio.source} from {offset} s", data=data)
        # Parts of one recording share its speaker and its room.
        return replace(record, fields={**record.fields, "audio": part}, group=record.group or audio.source)


def read_segment(audio: RawField, offset: Any, duration: Any) -> bytes:
    """Part of a sound file as the bytes of a WAV file.

    Args:
        audio: Field with a path.
        offset: Start in seconds.
        duration: Length in seconds.

    Raises:
        Reject: The span is no span of the file, or the file cannot be read.
    """
    import soundfile

    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (offset, duration))
    if not numbers or offset < 0 or not 0 < duration <= _MAX_SEGMENT_S:
        raise Reject("ROW_INVALID", f"offset and duration must be seconds, at most {_MAX_SEGMENT_S:.0f}")
    try:
        with soundfile.SoundFile(audio.path) as sound:
            start, count = round(offset * sound.samplerate), round(duration * sound.samplerate)
            if start >= sound.frames:
                raise Reject("ROW_INVALID", "the offset lies behind the end of the sound")
            sound.seek(start)
            samples = sound.read(count, dtype="float32", always_2d=True)
            packed = io.BytesIO()
            soundfile.write(packed, samples, sound.samplerate, format="WAV", subtype="FLOAT")
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise Reject("AUD_CORRUPT", visible(error)) from None
    return packed.getvalue()


def _normal(row: dict[str, Any]) -> dict[str, Any]:
    """The row under our names; `text_filepath` counts only where there is no `text`."""
    audio = next((row[key] for key in _AUDIO if row.get(key)), None)
    body = {key: row.get(key) for key in ("id", "label", "split", "group", "text", "text_filepath", "offset", "duration")}
    body |= {"audio": audio, "group": row.get("group") or row.get("speaker")}
    if row.get("offset") is not None and not row.get("id"):
        body["id"] = f"{audio}@{row['offset']}"
    return body


def _manifests(listing: Listing) -> list[str]:
    names = listing.likely(listing.top(".json", ".jsonl", ".manifest"), "manifest")
    return [name for name in names if any(f'"{key}"'.encode() in listing.head(name) for key in _AUDIO)]
