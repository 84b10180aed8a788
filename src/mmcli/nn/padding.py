"""Items of different lengths in one array: how padding is marked, and to which lengths items are padded.

In network form, ids `[B, T]` are padded with 0, frames `[B, L, C]` with -2 in every value, which cannot occur in a
signal in [-1, 1]; images have no padding. So the length of an item can be read from the item itself. It is always
padded to the next step of a fixed ladder: its result depends neither on the data set nor on the rest of its batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.nn.chunks import in_chunks

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
FRAME_PAD = -2.0
LEAST_FRAME = -1.5  # lower values are padding
# Two steps per doubling: about eight lengths for items that differ by a factor of ten, with 20 % padding.
LADDER: IntArray = np.sort(np.array([base << power for base in (8, 12) for power in range(24)], dtype=np.int64))


def padded_lengths(lengths: npt.NDArray[np.integer], most: int) -> IntArray:
    """The step of the ladder that fits each length `[N]`, at most `most`."""
    return np.minimum(LADDER[np.searchsorted(LADDER, lengths)], most)


def lengths_of(rows: Array) -> IntArray | None:
    """Length of each item of an array in network form, `[B]`; `None` for a form without padding."""
    if rows.ndim == 2 and np.issubdtype(rows.dtype, np.integer):
        return _used(rows != 0)
    if rows.ndim == 3 and np.issubdtype(rows.dtype, np.floating):
        return _used(rows[:, :, 0] > LEAST_FRAME)
    return None


def in_length_chunks(function: Callable[[Array], Any], rows: Array, size: int) -> list[Array]:
    """Like `chunks.in_chunks` for one array in network form, grouped by length and without unnecessary padding."""
    lengths = lengths_of(rows)
    if lengths is None or not len(rows):
        return in_chunks(function, (rows,), size)
    steps, found = padded_lengths(lengths, rows.shape[1]), list[Array]()
    for step in np.unique(steps):
        here = np.flatnonzero(steps == step)
        results = in_chunks(function, (rows[here, :step],), size)
        found = found or [np.empty((len(rows), *result.shape[1:]), result.dtype) for result in results]
        for whole, result in zip(found, results, strict=True):
            whole[here] = result
    return found


def _used(mask: npt.NDArray[np.bool_]) -> IntArray:
    """Length up to the last valid position."""
    last: IntArray = np.where(mask, np.arange(1, mask.shape[1] + 1), 0).max(axis=1, initial=0)
    return last
