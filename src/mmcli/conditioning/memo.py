"""Cache of contexts, of fixed size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_BYTES = 64 * 2**20
_MOST_BITS = 20


class ContextMemo:
    """Direct-mapped cache of contexts by record and visible fields.

    Making a context costs as much as a step of a small generator, and small data sets reuse few
    contexts many times. Nothing is enumerated: entries exist only for contexts that occur, and an
    evicted context is recomputed, with the same bits.

    Args:
        num_records: n.
        num_fields: G, at most 64.
        width: Width of a row.
        most_bytes: Maximum size of all rows.
    """

    def __init__(self, num_records: int, num_fields: int, width: int, most_bytes: int = _BYTES) -> None:
        subsets = 2 ** min(num_fields, _MOST_BITS) - 1
        size = max(1, min(num_records * subsets, most_bytes // (2 * max(1, width))))
        self._stride = np.uint64(max(1, subsets))
        self._weights = np.uint64(1) << np.arange(num_fields, dtype=np.uint64)
        self._records, self._bits = np.full(size, -1, np.int64), np.zeros(size, np.uint64)
        self._rows = np.empty((size, width), np.float16)  # takes no memory until it is written to

    def find(self, records: Array, visible: Array) -> tuple[Array, Array]:
        """Rows `[B, width]` of records `[B]` with the fields of `visible [B, G]`, and which of them are known `[B]`."""
        bits = visible @ self._weights
        places = self._places(records, bits)
        known = (self._records[places] == records) & (self._bits[places] == bits)
        return self._rows[places], known

    def keep(self, records: Array, visible: Array, rows: Array) -> None:
        """Store rows."""
        bits = visible @ self._weights
        places = self._places(records, bits)
        _, first = np.unique(places, return_index=True)  # of several for one slot, the same one in every array
        self._records[places[first]], self._bits[places[first]] = records[first], bits[first]
        self._rows[places[first]] = rows[first]

    def _places(self, records: Array, bits: Array) -> Array:
        """Slots; without collisions if there is one for every record and set of fields."""
        with np.errstate(over="ignore"):
            numbers = records.astype(np.uint64) * self._stride + bits - np.uint64(1)
        return (numbers % np.uint64(len(self._rows))).astype(np.int64)
