"""Items of different lengths: concatenated values in `NAME.npy`, and their start positions in `NAME.offsets.npy`.

Item i is `values[offsets[i] : offsets[i + 1]]`; offsets `[N + 1] int64` start with 0 and end with the number of
values. The values may be split into shards.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter, place
from mmcli.artifacts.shards import ShardWriter
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_AGAIN = "rerun the stage that made it"


def offsets_path(values: Path) -> Path:
    """The file of offsets that belongs to a file of values."""
    return values.with_name(values.stem + ".offsets.npy")


class RaggedWriter:
    """Appends items of different lengths; the output can be truncated to an earlier `state` and resumed.

    Args:
        path: Temporary path of the values, in parts; `place` gives all files their final names.
        dtype: Type of the values.
        limit_bytes: Maximum size of a file of values.
        state: Result of `state` in an earlier run; `None` starts over.
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike, limit_bytes: int, state: dict[str, int] | None = None) -> None:
        kept = state or {"items": 0, "values": 0}
        self._path, self._total = path, int(kept["values"])
        self._values = ShardWriter(path, (), dtype, limit_bytes, keep=self._total)
        self._offsets = RowWriter(offsets_path(path), (), np.int64, keep=int(kept["items"]) + 1 if state else 0)
        if not state:
            self._offsets.append(np.zeros(1, np.int64))

    @property
    def items(self) -> int:
        """Number of items."""
        return self._offsets.rows - 1

    def append(self, values: Array, lengths: npt.NDArray[np.integer]) -> None:
        """Append items: their concatenated values, and the length of each `[n]`."""
        ends = self._total + np.cumsum(lengths, dtype=np.int64)
        if len(values) != int(np.sum(lengths)):
            raise ValueError(f"{len(values)} values for items of {int(np.sum(lengths))}")
        self._values.append(values)
        self._offsets.append(ends)
        self._total += len(values)

    def state(self) -> dict[str, int]:
        """Flush everything to disk and return the progress."""
        self._values.flush(durable=True)
        self._offsets.flush(durable=True)
        return {"items": self.items, "values": self._total}

    def close(self) -> None:
        """Complete the files."""
        self._values.close()
        self._offsets.close()

    def load(self) -> Ragged:
        """The items so far, after `close` or `state`."""
        return Ragged(self._values.load(), arrays.load(offsets_path(self._path)), visible(self._path))

    def place(self, target: Path) -> None:
        """Make the closed files available as `target` and its offsets; files elsewhere also stay in place."""
        self._values.place(target)
        source = offsets_path(self._path)
        if source != offsets_path(target):
            place(source, offsets_path(target))
            if source.parent == target.parent:
                source.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Ragged:
    """Items of different lengths, read from disk.

    Args:
        values: All values, `[total, ...]`.
        offsets: `[N + 1] int64`.
        where: Location for errors.

    Raises:
        IntegrityError: The offsets do not match the values.
    """

    def __init__(self, values: Array, offsets: Array, where: str) -> None:
        if offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
            raise IntegrityError("offsets are not a list of integers", where, _AGAIN)
        self.offsets: IntArray = np.asarray(offsets)
        self.lengths: IntArray = np.diff(self.offsets)
        self.values: Any = np.asarray(values) if isinstance(values, np.memmap) else values  # plain slices are faster
        if self.offsets[0] != 0 or (self.lengths < 0).any():
            raise IntegrityError("offsets do not start with 0 and increase", where, _AGAIN)
        if int(self.offsets[-1]) != len(values):
            raise IntegrityError(f"offsets end at {int(self.offsets[-1]):,}, but there are {len(values):,} values", where, _AGAIN)

    @classmethod
    def open(cls, path: Path) -> Ragged:
        """Open a file of values, or its shards, and its offsets, both read through mmap.

        Raises:
            SafetyError, IntegrityError: As `arrays.load`, or the two files do not match.
        """
        return cls(arrays.load(path), arrays.load(offsets_path(path)), visible(path))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, number: int | np.integer) -> Array:
        """Values of one item."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"item {number} of {len(self)}")
        number = int(number) % len(self)
        found: Array = self.values[int(self.offsets[number]) : int(self.offsets[number + 1])]
        return found
