"""The fields of a data set, opened as whoever reads them wants them."""

from __future__ import annotations

import numpy as np

from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.base import Codec
from mmcli.modalities.sequences import PaddedItems, Rows
from mmcli.training.buckets import Sequences


def open_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """A field's rows `[N, ...]`, all of one shape: of sounds, windows.

    Args:
        data: The data set.
        name: Of the field.
        codec: Its codec, where that is read already.

    Raises:
        IntegrityError, SafetyError: Its files are missing, damaged or do not fit each other.
    """
    codec = codec or read_codec(data.file(codec_file(name)))
    return codec.open_rows(data.file(f"fields/{name}{codec.stored}"))


def stream_rows(data: Artifact, name: str, codec: Codec | None = None) -> Rows:
    """The same for reading all of them once: where they are one file, what was read is not kept in memory."""
    codec = codec or read_codec(data.file(codec_file(name)))
    rows = codec.open_rows(data.file(f"fields/{name}{codec.stored}"))
    return RowReader(data.file(f"fields/{name}{codec.stored}")) if isinstance(rows, np.memmap) else rows


def open_items(data: Artifact, name: str, codec: Codec | None = None) -> PaddedItems:
    """A field's items as encoders read them, each choice padded to its longest; for the arguments and errors see `open_rows`."""
    return PaddedItems(open_sequences(data, name, codec))


def open_sequences(data: Artifact, name: str, codec: Codec | None = None) -> Sequences:
    """A field's items at their own lengths; for the arguments and errors see `open_rows`."""
    codec = codec or read_codec(data.file(codec_file(name)))
    return codec.open_sequences(data.file(f"fields/{name}{codec.stored}"))
