"""What fusion trains on: tokens, vectors, presence and labels of embedded records, read in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from mmcli.artifacts import records
from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.display import visible
from mmcli.errors import InputError, IntegrityError

Array = npt.NDArray[Any]
_AGAIN = "run embed again"


@dataclass(frozen=True)
class Batch:
    """Some records: `tokens [B, F, T, d]`, `vectors [B, F, d]`, `present [B, F]` 0/1, `labels [B]` (-1: unknown)."""

    tokens: Array
    vectors: Array
    present: Array
    labels: Array


class EmbeddedRecords:
    """The records of an `embeddings` artifact; only what is asked for is in memory.

    Attributes:
        fields: Names of the fields, sorted.
        present: `[N, F]` bool.
        labels: `[N]` class numbers, -1 where unknown.
        classes: Names of the classes.
        tokens: T.
        dim: d.
    """

    def __init__(self, source: Artifact) -> None:
        self.fields = sorted(source.manifest.fields)
        if not self.fields:
            raise InputError("the embeddings have no field", visible(source.path), "run preprocess and embed again")
        self._tokens = [RowReader(source.file(f"tokens/{name}.npy")) for name in self.fields]
        self._vectors = [RowReader(source.file(f"vectors/{name}.npy")) for name in self.fields]
        self._read_table(source)
        self._check_shapes(source)
        self.tokens, self.dim = self._tokens[0].shape[1:]

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, split: str) -> Array:
        """Row numbers of the records of a split that have at least one field."""
        return np.flatnonzero((self._split == records.SPLITS.index(split)) & self.present.any(1))

    def read(self, rows: Array | slice) -> Batch:
        """Copy some records."""
        tokens = np.stack([reader.read(rows) for reader in self._tokens], 1)
        vectors = np.stack([reader.read(rows) for reader in self._vectors], 1)
        return Batch(tokens, vectors.astype(np.float32), self.present[rows].astype(np.float32), self.labels[rows])

    def ids(self, rows: Array) -> list[str]:
        """Ids of some records."""
        column = pq.read_table(self._table, columns=["id"]).column("id")
        return [str(column[int(row)].as_py()) for row in rows]

    def _read_table(self, source: Artifact) -> None:
        """Columns as numbers, never as lists of Python objects: there may be millions of records."""
        self._table = source.file(records.NAME)
        try:
            table = pq.read_table(self._table, columns=["split", "label", *(f"{name}.present" for name in self.fields)])
            split, label = (table.column(name).combine_chunks().cast("string").dictionary_encode() for name in ("split", "label"))
            self.present = np.stack([table.column(f"{name}.present").to_numpy().astype(bool) for name in self.fields], 1)
        except (OSError, KeyError, ValueError) as error:  # Arrow's errors are ValueErrors
            raise IntegrityError(f"records.parquet cannot be used: {visible(error)}", visible(self._table), _AGAIN) from None
        numbers = {name: i for i, name in enumerate(records.SPLITS)}
        self._split = _recode(split, numbers)
        self.classes = sorted(label.dictionary.to_pylist())
        self.labels = _recode(label, {name: i for i, name in enumerate(self.classes)})

    def _check_shapes(self, source: Artifact) -> None:
        first = self._tokens[0].shape
        for name, tokens, vectors in zip(self.fields, self._tokens, self._vectors, strict=True):
            where = f"{visible(source.path)}, field {visible(name)}"
            if len(tokens.shape) != 3 or tokens.dtype.kind != "f" or vectors.dtype.kind != "f":
                raise IntegrityError(
                    f"tokens must be [records, tokens, width] of floats, not {tokens.shape} of {tokens.dtype}", where, _AGAIN
                )
            if tokens.shape[1:] != first[1:]:
                raise IntegrityError(f"the fields differ in tokens or width: {tokens.shape[1:]} and {first[1:]}", where, _AGAIN)
            if tokens.shape[0] != len(self) or vectors.shape != (len(self), first[2]):
                raise IntegrityError(f"{len(self)} records, but tokens {tokens.shape} and vectors {vectors.shape}", where, _AGAIN)


def _recode(column: Any, numbers: dict[str, int]) -> Array:
    """Numbers of a dictionary column's values; -1 for null and for values without a number."""
    table = np.array([numbers.get(value, -1) for value in column.dictionary.to_pylist()] + [-1], dtype=np.int64)
    indices = column.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
    found: Array = table[indices.astype(np.int64)]
    return found
