"""`records.parquet`: one row per record.

Columns: `id`, `split`, `label` and `group` (null where unknown), and per field NAME the columns
`NAME.present` (bool), `NAME.source` (path or `inline`), `NAME.sha256` of the file, `NAME.content` (digest of the item after decoding; null
for silence) and, for text, `NAME.text`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

NAME = "records.parquet"
SPLITS = ("train", "val", "test")
COLUMNS = ("id", "split", "label", "group")  # present whatever the fields
_AGAIN = "run preprocess again"
_MAX_ROWS = 20_000_000  # a malicious file can claim any number


@dataclass(frozen=True)
class Records:
    """The columns of the records table, as NumPy arrays of equal length N."""

    columns: dict[str, Any]

    def __len__(self) -> int:
        return len(self.columns["id"])

    @property
    def ids(self) -> list[str]:
        """Record ids."""
        return list(self.columns["id"])

    @property
    def labels(self) -> list[str | None]:
        """Labels; `None` for records without one."""
        return list(self.columns["label"])

    def rows(self, split: str) -> npt.NDArray[np.int64]:
        """Row indices of a split, ascending."""
        return np.flatnonzero(np.asarray(self.columns["split"], dtype=object) == split)

    def present(self, field: str) -> npt.NDArray[np.bool_]:
        """Whether each record has the field, `[N]`."""
        return np.asarray(self._column(field, "present"), dtype=bool)

    def digests(self, field: str) -> list[str | None]:
        """Digest of each record's item after decoding, or that of its file if it has none; `None` for records without the field."""
        files = self._column(field, "sha256")
        return [content or file for content, file in zip(self.columns.get(f"{field}.content", files), files, strict=True)]

    def texts(self, field: str) -> list[str | None]:
        """Original texts of a text field."""
        return list(self._column(field, "text"))

    def _column(self, field: str, what: str) -> Any:
        name = f"{field}.{what}"
        if name not in self.columns:
            raise IntegrityError(f"records.parquet lacks the column {visible(name)}", visible(field), "run preprocess again")
        return self.columns[name]

    def label_ids(self) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Labels as integers `[N]` (-1 where unknown) and the sorted class names."""
        names = sorted({label for label in self.labels if label is not None})
        number = {name: i for i, name in enumerate(names)}
        return np.array([number.get(label, -1) if label is not None else -1 for label in self.labels], dtype=np.int64), names


def write(folder: Path, columns: dict[str, list[Any]]) -> None:
    """Write the table; `columns` holds lists of equal length."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), folder / NAME, compression="zstd")


def count(folder: Path) -> int:
    """Number of rows, from the file's footer.

    Raises:
        IntegrityError: It is not a Parquet file, or has too many rows.
    """
    import pyarrow.parquet as pq

    with _readable(folder):
        rows = int(pq.read_metadata(folder / NAME).num_rows)
    if rows > _MAX_ROWS:
        what = f"records.parquet has more than {_MAX_ROWS:,} rows"
        raise IntegrityError(what, visible(folder), "split the data set into several smaller ones")
    return rows


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        raise IntegrityError(f"records.parquet cannot be read: {visible(error)}", visible(folder), _AGAIN) from None


def read(folder: Path) -> Records:
    """Read the table of an artifact.

    Raises:
        IntegrityError: It is not a Parquet file, lacks a column, or has one of another type.
    """
    import pyarrow.parquet as pq

    count(folder)
    with _readable(folder):
        schema = pq.read_schema(folder / NAME)
        check_types(schema, folder)
        table = pq.read_table(folder / NAME)
        columns = {name: table.column(name).to_pylist() for name in table.column_names}
    if not set(columns["split"]) <= set(SPLITS) or not all(isinstance(value, str) for value in columns["id"]):
        raise IntegrityError("records.parquet contains an unknown split or a record without an id", visible(folder), _AGAIN)
    if any(None in column for name, column in columns.items() if name.endswith(".present")):
        raise IntegrityError("records.parquet does not say of each record which fields it has", visible(folder), _AGAIN)
    for name in _numbers(schema):
        if not all(value is None or 0 <= value < math.inf for value in columns[name]):
            raise IntegrityError(f"the column {visible(name)} of records.parquet contains an impossible number", visible(folder), _AGAIN)
    return Records(columns)


def _numbers(schema: Any) -> list[str]:
    """Names of the columns of numbers; all of them are counts and proportions."""
    from pyarrow import types

    return [column.name for column in schema if types.is_integer(column.type) or types.is_floating(column.type)]


def check_types(schema: Any, folder: Path) -> None:
    """Check the columns' names and types: texts, numbers and truth values, each where it is expected.

    Args:
        schema: Arrow's schema of the table.
        folder: The artifact, for the message.

    Raises:
        IntegrityError: A column is missing, occurs twice, or has another type.
    """
    names = list(schema.names)
    missing = set(COLUMNS) - set(names)
    if missing or len(set(names)) < len(names):
        what = f"lacks the column {min(missing)}" if missing else "has a column twice"
        raise IntegrityError(f"records.parquet {what}", visible(folder), _AGAIN)
    for column in schema:
        wanted = _wanted(column.name)
        if not _fits(column.type, wanted):
            what = f"the column {visible(column.name)} of records.parquet contains {visible(column.type, 60)}"
            raise IntegrityError(what, visible(folder), _AGAIN)


def _wanted(name: str) -> str:
    if name.endswith(".present"):
        return "bool"
    if name in COLUMNS or name.endswith((".source", ".sha256", ".content", ".text", ".pos")):
        return "text"
    return "count" if name.endswith((".tokens", ".cut", ".samples")) else "any"


def _fits(found: Any, wanted: str) -> bool:
    from pyarrow import types

    text = types.is_string(found) or types.is_large_string(found) or types.is_null(found)
    if wanted == "bool":
        return bool(types.is_boolean(found))
    if wanted == "count":
        return bool(types.is_integer(found) or types.is_null(found))
    return text or (wanted == "any" and (types.is_integer(found) or types.is_floating(found) or types.is_boolean(found)))


def scored_split(rows_of: Callable[[str], Sequence[int] | npt.NDArray[np.int64]], least: int = 1) -> str:
    """The split to score on: `test`, otherwise `val`, otherwise `train`.

    Args:
        rows_of: Maps a split to its records.
        least: Minimum number of records in the split.
    """
    return next((split for split in reversed(SPLITS) if len(rows_of(split)) >= least), SPLITS[0])
