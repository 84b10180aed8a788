"""Open the fields of a data set as rows or as sequences."""

from __future__ import annotations

import numpy as np

from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.base import Codec
from mmcli.modalities.sequences import PaddedItems, Rows
from mmcli.training.buckets import Sequences


def open_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """A field's rows `[N, ...]` of equal shape; for sounds, windows.

    Args:
        data: The data set.
        name: Name of the field.
        codec: Its codec, if already read.

    Raises:
        IntegrityError, SafetyError: Its files are missing, corrupted or inconsistent.
    """
    codec = codec or read_codec(data.file(codec_file(name)))
    return codec.open_rows(data.file(f"fields/{name}{codec.stored}"))


def stream_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """The same for a single pass over all rows: if they are one file, they are not kept in memory."""
    codec = codec or read_codec(data.file(codec_file(name)))
    rows = codec.open_rows(data.file(f"fields/{name}{codec.stored}"))
    return RowReader(data.file(f"fields/{name}{codec.stored}")) if isinstance(rows, np.memmap) else rows


def open_items(data: Artifact, name: str, codec: Codec | None = None) -> PaddedItems:
    """A field's items as encoders read them, each selection padded to its longest; arguments and errors as in `open_rows`."""
    return PaddedItems(open_sequences(data, name, codec))


def open_sequences(data: Artifact, name: str, codec: Codec | None = None) -> Sequences:
    """A field's items at their own lengths; arguments and errors as in `open_rows`."""
    codec = codec or read_codec(data.file(codec_file(name)))
    return codec.open_sequences(data.file(f"fields/{name}{codec.stored}"))
