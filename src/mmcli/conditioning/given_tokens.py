"""The tokens of given fields, once per record: in memory if small, otherwise read from their files on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.rowreader import RowReader
from mmcli.modalities.label import LabelCodec

Array = npt.NDArray[Any]
_HELD_BYTES = 64 * 2**20


class TokenSource(Protocol):
    """The tokens of one field of N records."""

    def read(self, rows: Array) -> Array:
        """Tokens `[B, T, d]` of records by number."""
        ...


class HeldTokens:
    """Tokens in memory.

    Args:
        tokens: `[N, T, d]`.
    """

    def __init__(self, tokens: Array) -> None:
        self._tokens = tokens

    def read(self, rows: Array) -> Array:
        """See `TokenSource`."""
        return self._tokens[rows]


class OneHot:
    """Class numbers as one-hot tokens; stored as vectors, many classes would need too much memory.

    Args:
        codec: Converts numbers to one-hot vectors.
        numbers: `[N]`, -1 for records without a class.
    """

    def __init__(self, codec: LabelCodec, numbers: Array) -> None:
        self._codec, self._numbers = codec, numbers

    def read(self, rows: Array) -> Array:
        """See `TokenSource`."""
        return self._codec.to_network(self._numbers[rows])[:, None]


def held(readers: Mapping[str, RowReader], most_bytes: int = _HELD_BYTES) -> dict[str, TokenSource]:
    """Fields' tokens as sources, read into memory if their total size is at most `most_bytes`."""
    sizes: Sequence[int] = [int(np.prod(reader.shape)) * reader.dtype.itemsize for reader in readers.values()]
    if sum(sizes) > most_bytes:
        return dict(readers)
    return {name: HeldTokens(reader.read(slice(None))) for name, reader in readers.items()}
