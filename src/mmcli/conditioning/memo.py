"""Remember contexts that were made before, in a memory of fixed size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_BYTES = 64 * 2**20
_MOST_BITS = 20


class ContextMemo:
    """Rows of contexts by record and visible fields; each has one place, where the last one stays.

    Making a context costs as much as a step of a small generator, and small data sets meet the same
    few again and again. Nothing is enumerated: what does not occur takes no place, and what has been
    replaced is made again, with the same bits.

    Args:
        num_records: n.
        num_fields: G, at most 64.
        width: Of a row.
        most_bytes: Of all rows together.
    """

    def __init__(self, num_records: int, num_fields: int, width: int, most_bytes: int = _BYTES) -> None:
        subsets = 2 ** min(num_fields, _MOST_BITS) - 1
        size = max(1, min(num_records * subsets, most_bytes // (2 * max(1, width))))
        self._stride = np.uint64(max(1, subsets))
        self._weights = np.uint64(1) << np.arange(num_fields, dtype=np.uint64)
        self._records, self._bits = np.full(size, -1, np.int64), np.zeros(size, np.uint64)
        self._rows = np.empty((size, width), np.float16)  # takes no memory before it is written to

    def find(self, records: Array, visible: Array) -> tuple[Array, Array]:
        """Rows `[B, width]` of records `[B]` with the fields of `visible [B, G]`, and which of them are known `[B]`."""
        bits = visible @ self._weights
        places = self._places(records, bits)
        known = (self._records[places] == records) & (self._bits[places] == bits)
        return self._rows[places], known

    def keep(self, records: Array, visible: Array, rows: Array) -> None:
        """Remember rows."""
        bits = visible @ self._weights
        places = self._places(records, bits)
        _, first = np.unique(places, return_index=True)  # of several for one place, the same one in every array
        self._records[places[first]], self._bits[places[first]] = records[first], bits[first]
        self._rows[places[first]] = rows[first]

    def _places(self, records: Array, bits: Array) -> Array:
        """Places without collisions where every record with every set of fields would have one."""
        with np.errstate(over="ignore"):
            numbers = records.astype(np.uint64) * self._stride + bits - np.uint64(1)
        return (numbers % np.uint64(len(self._rows))).astype(np.int64)
