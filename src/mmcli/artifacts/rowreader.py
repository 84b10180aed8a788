"""Read rows of large `.npy` files without letting mapped pages pile up in memory."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError


class RowReader:
    """Rows of a `.npy` file, read with `pread`: a mapping would keep every page it has touched resident.

    Args:
        path: A file that `arrays.load` accepts, in C order.
    """

    def __init__(self, path: Path) -> None:
        array = arrays.load(path)
        if not array.flags.c_contiguous:
            raise IntegrityError("a NumPy file is not in C order", visible(path), "rerun the stage that made it")
        self.path, self.shape, self.dtype = path, array.shape, array.dtype
        self._row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        self._start = path.stat().st_size - array.nbytes
        self._handle = path.open("rb")

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: npt.NDArray[np.integer] | slice) -> npt.NDArray[Any]:
        return self.read(rows)

    def read(self, rows: npt.NDArray[np.integer] | slice) -> npt.NDArray[Any]:
        """Copy some rows; ascending row indices are fastest."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        if not found.size:
            return found
        view = found.reshape(-1).view(np.uint8).data
        ends = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for begin, end in pairwise(ends):  # one call per contiguous run
            part = view[begin * self._row_bytes : end * self._row_bytes]
            self._fill(part, self._start + int(rows[begin]) * self._row_bytes)
        return found

    def _fill(self, part: memoryview, offset: int) -> None:
        done = 0
        while done < len(part):
            count = os.preadv(self._handle.fileno(), [part[done:]], offset + done)
            if count <= 0:
                raise IntegrityError("unexpected end of file", visible(self.path), "rerun the stage that made it")
            done += count
