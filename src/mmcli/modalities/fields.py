"""Open the fields of a data set as rows or as sequences, checked against its records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmcli.artifacts import records
from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec
from mmcli.modalities.sequences import PaddedItems, RaggedRows, Rows
from mmcli.training.buckets import Sequences

_AGAIN = "run preprocess again with --force"


def stored_file(data: Artifact, name: str, codec: Codec) -> Path:
    """The file of a field's items."""
    return data.file(f"fields/{name}{codec.stored}")


def open_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """A field's rows `[N, ...]` of equal shape; for sounds, windows.

    Args:
        data: The data set.
        name: Name of the field.
        codec: Its codec, if already read.

    Raises:
        IntegrityError, SafetyError: Its files are missing, corrupted or inconsistent.
    """
    codec = codec or codec_of(data, name)
    path = stored_file(data, name, codec)
    rows = codec.open_rows(path)
    dtype, wanted = str(codec.describe()["dtype"]), (_number_of_records(data), *codec.row_shape)
    if (str(rows.dtype), tuple(rows.shape)) != (dtype, wanted):
        what = f"{rows.dtype} rows of shape {tuple(rows.shape)} do not fit the records and the codec, which need {dtype} {wanted}"
        raise IntegrityError(what, visible(path), _AGAIN)
    return rows


def stream_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """The same for a single pass over all rows: if they are one file, they are not kept in memory."""
    codec = codec or codec_of(data, name)
    rows = open_rows(data, name, codec)
    return RowReader(stored_file(data, name, codec)) if isinstance(rows, np.memmap) else rows


def open_items(data: Artifact, name: str, codec: Codec | None = None) -> PaddedItems:
    """A field's items as encoders read them, each selection padded to its longest; arguments and errors as in `open_rows`."""
    return PaddedItems(open_sequences(data, name, codec))


def open_sequences(data: Artifact, name: str, codec: Codec | None = None) -> Sequences:
    """A field's items at their own lengths; arguments and errors as in `open_rows`."""
    codec = codec or codec_of(data, name)
    return codec.sequences_of(open_rows(data, name, codec))


def reread(codec: Codec, texts: Sequence[str | None]) -> RaggedRows:
    """Texts in the tokens of a codec other than their data set's; `None` is an absent one."""
    nothing = np.zeros(0, np.int32)
    rows = (nothing if text is None else codec.read(text) for text in texts)
    return RaggedRows([row[: int(np.count_nonzero(row))] for row in rows])


def _number_of_records(data: Artifact) -> int:
    data.file(records.NAME)
    return records.count(data.path)
