"""Several files of rows, read as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


class Shards:
    """Concatenated arrays of equal rows that can be indexed along the first axis like a single one."""

    def __init__(self, arrays: Sequence[npt.NDArray[Any]]) -> None:
        self._arrays = list(arrays)
        self._ends = np.cumsum([len(array) for array in arrays])
        self._count = int(self._ends[-1])
        self.shape = (self._count, *arrays[0].shape[1:])
        self.dtype, self.ndim = arrays[0].dtype, arrays[0].ndim
        self.nbytes = sum(int(array.nbytes) for array in arrays)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if first is Ellipsis or first is None:
            whole: npt.NDArray[Any] = np.asarray(self)[key]
            return whole
        if isinstance(first, int | np.integer):
            row: npt.NDArray[Any] = self._rows(np.array([range(self._count)[int(first)]]))[(0, *rest)]
            return row
        if isinstance(first, slice):
            begin, end, step = first.indices(len(self))
            found = self._run(begin, max(begin, end)) if step == 1 else self._rows(np.arange(begin, end, step))
        else:
            found = self._rows(self._numbers(np.asarray(first)))
        return found[(slice(None), *rest)] if rest else found

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.concatenate(self._arrays).astype(dtype or self.dtype, copy=False)

    def _numbers(self, index: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        if index.dtype == bool:
            if index.shape != (len(self),):
                raise IndexError(f"a mask of shape {index.shape} for {len(self)} rows")
            return np.flatnonzero(index)
        numbers = index.astype(np.int64)
        if numbers.size and (numbers.min() < -len(self) or numbers.max() >= len(self)):
            raise IndexError(f"row index out of range for {len(self)} rows")
        return np.where(numbers < 0, numbers + len(self), numbers)

    def _run(self, begin: int, end: int) -> npt.NDArray[Any]:
        """Contiguous rows; a view if a single file contains them all."""
        starts = self._ends - [len(array) for array in self._arrays]
        first, last = np.searchsorted(self._ends, begin, side="right"), np.searchsorted(starts, end, side="left")
        parts = [self._arrays[i][max(begin - starts[i], 0) : end - starts[i]] for i in range(first, last)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else self._arrays[0][:0]

    def _rows(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        flat = numbers.ravel()
        found = np.empty((len(flat), *self.shape[1:]), self.dtype)
        owners = np.searchsorted(self._ends, flat, side="right")
        for owner in np.unique(owners):
            here = owners == owner
            found[here] = self._arrays[owner][flat[here] - (self._ends[owner] - len(self._arrays[owner]))]
        return found.reshape(*numbers.shape, *self.shape[1:])
