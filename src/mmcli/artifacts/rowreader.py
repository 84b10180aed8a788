"""Read rows of large `.npy` files without letting the mapped pages pile up in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays

_REOPEN_BYTES = 32 * 2**20
_PAGE_BYTES = 4096


class RowReader:
    """Rows of a `.npy` file; the mapping is renewed now and then, which gives its pages back.

    Args:
        path: A file that `arrays.load` accepts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._array = arrays.load(path)
        self._touched = 0
        self.shape, self.dtype = self._array.shape, self._array.dtype
        self._row_bytes = self._array[:1].nbytes

    def __len__(self) -> int:
        return int(self.shape[0])

    def read(self, rows: npt.NDArray[np.integer] | slice) -> npt.NDArray[Any]:
        """Copy of some rows; sorted row numbers are read fastest."""
        if self._touched > _REOPEN_BYTES:
            # Checked when it was first opened; it is our input and does not change.
            self._array = np.load(self.path, mmap_mode="r", allow_pickle=False)
            self._touched = 0
        chosen: npt.NDArray[Any] = np.array(self._array[rows])
        self._touched += len(chosen) * max(self._row_bytes, _PAGE_BYTES)
        return chosen
