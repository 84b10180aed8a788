"""The items of given fields themselves as a condition, for generators that read every token of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FieldBatch:
    """Given items of n records.

    Attributes:
        rows: Field name to items `[n, ...]` in network form, padded to one length; what a record lacks is any value.
        present: Field name to `[n]` bool: which records have the item.
        count: n.
    """

    rows: Mapping[str, Array]
    present: Mapping[str, npt.NDArray[np.bool_]]
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, numbers: Array) -> FieldBatch:
        """Some of the records, in the given order."""
        present = {name: here[numbers] for name, here in self.present.items()}
        return FieldBatch({name: rows[numbers] for name, rows in self.rows.items()}, present, len(numbers))

    def for_sampler(self) -> FieldBatch:
        """See `Context.for_sampler`."""
        return self
