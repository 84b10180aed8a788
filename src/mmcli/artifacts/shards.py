"""Write arrays that are too large for one file as shards, `NAME-00000-of-00008.npy`."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter, place
from mmcli.artifacts.shard_names import shard_name


class ShardWriter:
    """Appends equal rows like `RowWriter` and starts a new file when one is full; `place` gives them their final names.

    Args:
        path: Temporary path of the parts, `STEM.00000.part` and so on.
        shape: Shape of one row.
        dtype: Type of its elements.
        limit_bytes: Maximum size of a file.
        keep: Number of rows of an earlier run to keep and append to; 0 starts over.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, limit_bytes: int, keep: int = 0) -> None:
        self._path, self._shape, self._dtype = path, tuple(shape), np.dtype(dtype)
        row_bytes = int(np.prod(shape, dtype=np.int64)) * self._dtype.itemsize
        self._most = max(1, limit_bytes // max(row_bytes, 1))
        self._number = keep // self._most
        self._part = self._open(keep - self._number * self._most)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self._number * self._most + self._part.rows

    @property
    def parts(self) -> list[Path]:
        """Files that contain rows, in order."""
        return [self._part_path(number) for number in range(self._number + 1) if number == 0 or number < self._number or self._part.rows]

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Append rows `[n, *shape]`."""
        while len(rows):
            room = self._most - self._part.rows
            if not room:
                self._part.flush(durable=True)
                self._part.close()
                self._number += 1
                self._part, room = self._open(0), self._most
            self._part.append(rows[:room])
            rows = rows[room:]

    def flush(self, *, durable: bool = False) -> None:
        """Flush all rows to the files; `durable` waits for the disk."""
        self._part.flush(durable=durable)

    def close(self) -> None:
        """Complete the files."""
        self._part.close()

    def load(self) -> npt.NDArray[np.generic]:
        """The rows so far, after `close` or `flush`."""
        return arrays.joined(self.parts)

    def place(self, target: Path) -> None:
        """Make the closed files available as `target` or its shards; files elsewhere also stay in place."""
        parts = self.parts
        for number, part in enumerate(parts):
            place(part, target.with_name(shard_name(target.name, number, len(parts))))
            if part.parent == target.parent:
                part.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _open(self, keep: int) -> RowWriter:
        return RowWriter(self._part_path(self._number), self._shape, self._dtype, keep)

    def _part_path(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.stem}.{number:05d}.part")
