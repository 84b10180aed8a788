"""The given fields of records as items at their own lengths, with random fields hidden in training."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.conditioning.field_batch import FieldBatch
from mmcli.conditioning.hiding import visible_fields
from mmcli.modalities.base import Codec
from mmcli.training.buckets import Sequences

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """One given field of all N records.

    Attributes:
        codec: Its codec.
        items: Its items at their own lengths.
    """

    codec: Codec
    items: Sequences


class GivenItems:
    """The given fields of n of N records.

    Args:
        sources: Field name to its items.
        present: `[N, F]` bool; which records have which field.
        numbers: `[n]` numbers of the records.

    Attributes:
        present: `[n, F]` bool.
    """

    def __init__(self, sources: Mapping[str, Source], present: Array, numbers: Array) -> None:
        self.sources, self._all_present, self._numbers = dict(sources), present, numbers
        self.present = present[numbers]

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, numbers: Array) -> Self:
        """The same for other records."""
        return type(self)(self.sources, self._all_present, numbers)

    def only(self, names: Collection[str]) -> Self:
        """The same records with some of their fields."""
        places = [place for place, name in enumerate(self.sources) if name in names]
        return type(self)({name: self.sources[name] for name in self.sources if name in names}, self._all_present[:, places], self._numbers)

    def lengths(self) -> IntArray:
        """Sum of the lengths of a record's items, `[n]`."""
        found = np.zeros(len(self), np.int64)
        for place, source in enumerate(self.sources.values()):
            found += np.where(self.present[:, place], source.items.lengths[self._numbers], 0)
        return found

    def lengths_of(self, name: str) -> IntArray:
        """Lengths of one field's items, `[n]`."""
        found: IntArray = self.sources[name].items.lengths[self._numbers]
        return found

    def full(self, rows: Array) -> FieldBatch:
        """All given fields that the records `rows [B]` have."""
        return self.batch(rows, self.present[rows])

    def drawn(self, seed: int, step: int, rows: Array, dropout: float, unconditional: float) -> FieldBatch:
        """A random subset of the given fields of the records of a step; depends only on seed and step."""
        return self.batch(rows, visible_fields(seed, step, self.present[rows], dropout, unconditional))

    def batch(self, rows: Array, visible: Array) -> FieldBatch:
        """The visible fields `[B, F]` of the records `rows [B]`, each padded to the longest visible item."""
        numbers = self._numbers[rows]
        found = {name: _padded(source, numbers, visible[:, place]) for place, (name, source) in enumerate(self.sources.items())}
        return FieldBatch(found, {name: visible[:, place] for place, name in enumerate(self.sources)}, len(rows))


def _padded(source: Source, numbers: IntArray, visible: Array) -> Array:
    items = source.items
    length = max(1, int(items.lengths[numbers[visible]].max(initial=1)))
    return source.codec.to_network(items.padded(numbers, length))
