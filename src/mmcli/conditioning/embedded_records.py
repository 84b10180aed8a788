"""Training data of fusion: tokens, vectors, presence and labels of embedded records, read in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mmcli.artifacts import records
from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError

Array = npt.NDArray[Any]
_AGAIN = "rerun embed"
_BLOCK = 65_536


@dataclass(frozen=True)
class Batch:
    """Some records: `tokens [B, F, T, d]`, `vectors [B, F, d]`, `present [B, F]` 0/1, `labels [B]` (-1: unknown)."""

    tokens: Array
    vectors: Array
    present: Array
    labels: Array


class EmbeddedRecords:
    """The records of an `embeddings` artifact; only requested rows are read into memory.

    Attributes:
        fields: Names of the fields, sorted.
        present: `[N, F]` bool.
        labels: `[N]` class numbers, -1 where unknown.
        classes: Names of the classes.
        tokens: T, number of tokens per field.
        dim: d, dimension of tokens and vectors.
    """

    def __init__(self, source: Artifact) -> None:
        self.fields = sorted(source.manifest.fields)
        if not self.fields:
            raise InputError("the embeddings have no fields", visible(source.path), "rerun preprocess and embed")
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

    def read_vectors(self, field: int, rows: Array) -> Array:
        """Copy of one field's vectors `[B, d]` of some records."""
        return self._vectors[field].read(rows).astype(np.float32)

    def ids(self, rows: Array) -> list[str]:
        """Ids of some records; row numbers must ascend."""
        found: list[str] = []
        with pq.ParquetFile(self._table) as file:
            begin = 0
            for block in file.iter_batches(_BLOCK, columns=["id"]) if len(rows) else ():
                column = block.column("id")
                inside = rows[(rows >= begin) & (rows < begin + len(column))]
                found += [str(column[int(row) - begin].as_py()) for row in inside]
                begin += len(column)
        pa.default_memory_pool().release_unused()
        return found

    def _read_table(self, source: Artifact) -> None:
        """Columns as numbers, block by block: as Python objects a million records would not fit."""
        self._table = source.file(records.NAME)
        wanted = [f"{name}.present" for name in self.fields]
        splits, labels, presents = [], [], []
        label_numbers: dict[str | None, int] = {None: -1}
        split_numbers: dict[str | None, int] = {name: i for i, name in enumerate(records.SPLITS)}
        try:
            with pq.ParquetFile(self._table, read_dictionary=["split", "label"]) as file:
                records.check_types(pq.read_schema(self._table), source.path)
                for block in file.iter_batches(_BLOCK, columns=["split", "label", *wanted]):
                    for name in _dictionary(block.column("label")).dictionary.to_pylist():
                        label_numbers.setdefault(name, len(label_numbers) - 1)
                    splits.append(_recode(_dictionary(block.column("split")), split_numbers).astype(np.int8))
                    labels.append(_recode(_dictionary(block.column("label")), label_numbers))
                    columns = [block.column(name).to_numpy(zero_copy_only=False).astype(bool) for name in wanted]
                    presents.append(np.stack(columns, 1))
        except (OSError, KeyError, ValueError) as error:  # Arrow's errors are ValueErrors
            raise IntegrityError(f"records.parquet cannot be used: {visible(error)}", visible(self._table), _AGAIN) from None
        pa.default_memory_pool().release_unused()
        none = np.zeros(0, np.int8)
        self._split, found = np.concatenate([none, *splits]), np.concatenate([none, *labels])
        self.present = np.concatenate([np.zeros((0, len(self.fields)), bool), *presents])
        self.classes = sorted(name for name in label_numbers if name is not None)
        rank = {name: i for i, name in enumerate(self.classes)}
        order = np.array([rank[name] for name in list(label_numbers)[1:] if name is not None] + [-1], np.int32)  # sorted, and -1 stays -1
        self.labels = order[found]

    def _check_shapes(self, source: Artifact) -> None:
        first = self._tokens[0].shape
        for name, tokens, vectors in zip(self.fields, self._tokens, self._vectors, strict=True):
            where = f"{visible(source.path)}, field {visible(name)}"
            if len(tokens.shape) != 3 or tokens.dtype.kind != "f" or vectors.dtype.kind != "f":
                raise IntegrityError(
                    f"tokens must be floats of shape [records, tokens, dimension], not {tokens.dtype} {tokens.shape}", where, _AGAIN
                )
            if tokens.shape[1:] != first[1:]:
                raise IntegrityError(
                    f"the fields differ in number of tokens or dimension: {tokens.shape[1:]} and {first[1:]}", where, _AGAIN
                )
            if tokens.shape[0] != len(self) or vectors.shape != (len(self), first[2]):
                raise IntegrityError(f"{len(self)} records, but tokens {tokens.shape} and vectors {vectors.shape}", where, _AGAIN)


def _dictionary(column: Any) -> Any:
    """A text column as a dictionary array; a column without any value has another type."""
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()


def _recode(column: Any, numbers: dict[str | None, int]) -> Array:
    """Numbers `[n]` int32 of a dictionary column's values; -1 for null and for values without a number."""
    table = np.array([numbers.get(value, -1) for value in column.dictionary.to_pylist()] + [-1], dtype=np.int32)
    indices = column.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
    found: Array = table[indices.astype(np.int64)]
    return found
