"""Items of a field at their own lengths, for encoders; see `training.buckets.Sequences`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.nn.padding import padded_lengths
from mmcli.training.buckets import Sequences

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_BLOCK = 4096


class Rows(Protocol):
    """Rows of equal shape `[N, ...]`, read from disk or computed on access."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(N, ...)`."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        ...

    def __len__(self) -> int:
        """N."""
        ...

    def __getitem__(self, key: Any) -> Array:
        """One row, or the rows of an index array or slice."""
        ...


class EqualSequences:
    """Items of equal length, such as images: nothing is padded."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.lengths: IntArray = np.full(len(rows), rows.shape[1] if len(rows.shape) > 1 else 1, dtype=np.int64)
        self.padded_lengths: IntArray = self.lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, ...]`."""
        del length
        return np.asarray(self._rows[numbers])


class PaddedRows:
    """Rows of ids `[N, T]` with zero padding at the end; only padding is removed."""

    def __init__(self, rows: Rows) -> None:
        self._rows, most = rows, rows.shape[1]
        counts = [np.count_nonzero(rows[begin : begin + _BLOCK], axis=1) for begin in range(0, len(rows), _BLOCK)]
        self.lengths: IntArray = np.concatenate([np.zeros(0, np.int64), *counts]).astype(np.int64)
        self.padded_lengths: IntArray = padded_lengths(self.lengths, most)

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, length]`."""
        return np.asarray(self._rows[numbers])[:, :length]


class RaggedRows:
    """Ids of items in memory, one after the other.

    Args:
        items: Rows `[T]` of ids, each up to its end; empty if absent.
    """

    def __init__(self, items: Sequence[Array]) -> None:
        self.lengths: IntArray = np.array([len(item) for item in items], dtype=np.int64)
        self._ids = np.concatenate([np.zeros(0, np.int32), *items]).astype(np.int32)
        self._ends = np.cumsum(self.lengths)
        self.padded_lengths: IntArray = padded_lengths(self.lengths, int(self.lengths.max(initial=1)))

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, length]`."""
        found = np.zeros((len(numbers), length), np.int32)
        for row, number in zip(found, numbers, strict=True):
            item = self._ids[self._ends[number] - self.lengths[number] : self._ends[number]][:length]
            row[: len(item)] = item
        return found


class ChosenSequences:
    """Some of the items of a field.

    Args:
        items: All of them.
        numbers: `[n]` numbers of those that are chosen.
    """

    def __init__(self, items: Sequences, numbers: IntArray) -> None:
        self._items, self._numbers = items, np.asarray(numbers)
        self.lengths: IntArray = items.lengths[self._numbers]
        self.padded_lengths: IntArray = items.padded_lengths[self._numbers]

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, length, ...]`."""
        return self._items.padded(self._numbers[numbers], length)


class ListedSequences:
    """A few items in memory, such as queries.

    Args:
        items: Each `[length, ...]`, of one type.
        fill: Padding value.
        most: Maximum length; longer items are cropped.
    """

    def __init__(self, items: Sequence[Array], fill: float, most: int) -> None:
        self._items, self._fill = list(items), fill
        self.lengths: IntArray = np.array([min(len(item), most) for item in items], dtype=np.int64)
        self.padded_lengths: IntArray = padded_lengths(self.lengths, most)

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, length, ...]`."""
        return stacked([self._items[number] for number in numbers], length, self._fill)


class PaddedItems:
    """Sequences indexed like rows: the selection is padded to its longest item.

    Args:
        sequences: The items.
    """

    def __init__(self, sequences: Sequences) -> None:
        self.sequences = sequences

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, key: Any) -> Array:
        """One item `[length, ...]`, or those of an index array or slice `[n, length, ...]`."""
        numbers = np.arange(len(self))[key]
        chosen = np.atleast_1d(numbers)
        length = int(self.sequences.padded_lengths[chosen].max(initial=1))
        found = self.sequences.padded(chosen, length)
        return found if np.ndim(numbers) else found[0]


def stacked(items: Sequence[Array], length: int, fill: float) -> Array:
    """Items `[n, length, ...]`, padded with `fill` or cropped at their end."""
    found = np.full((len(items), length, *items[0].shape[1:]), fill, dtype=items[0].dtype)
    for row, item in zip(found, items, strict=True):
        row[: len(item)] = item[:length]
    return found
