"""The tokens of given fields, once per record: in memory where they are few, else read from their files as they are needed."""

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
    """Class numbers as one-hot tokens; as vectors they would fill the memory where classes are many.

    Args:
        codec: Between numbers and one-hot vectors.
        numbers: `[N]`, -1 where there is no class.
    """

    def __init__(self, codec: LabelCodec, numbers: Array) -> None:
        self._codec, self._numbers = codec, numbers

    def read(self, rows: Array) -> Array:
        """See `TokenSource`."""
        return self._codec.to_network(self._numbers[rows])[:, None]


def held(readers: Mapping[str, RowReader], most_bytes: int = _HELD_BYTES) -> dict[str, TokenSource]:
    """Fields' tokens as sources, read into memory where all together are no larger than `most_bytes`."""
    sizes: Sequence[int] = [int(np.prod(reader.shape)) * reader.dtype.itemsize for reader in readers.values()]
    if sum(sizes) > most_bytes:
        return dict(readers)
    return {name: HeldTokens(reader.read(slice(None))) for name, reader in readers.items()}
