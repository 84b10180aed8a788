"""Write `.npy` files row by row, without knowing the number of rows in advance."""

from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format


def place(source: Path, target: Path) -> None:
    """Make a finished work file available as `target` and keep it in place, so that a run can resume."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


class RowWriter:
    """Appends equal rows to a `.npy` file; the header is completed on closing.

    Args:
        path: The file to write.
        shape: Shape of one row.
        dtype: Type of its elements.
        keep: Number of rows of an existing file to keep and append to; 0 starts over.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, keep: int = 0) -> None:
        self.shape, self.dtype, self.rows = tuple(shape), np.dtype(dtype), keep
        self._row_bytes = int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = path.open("r+b" if keep else "wb")
        self._start = len(self._header(0))
        self._handle.truncate(self._start + keep * self._row_bytes)
        self._handle.seek(0)
        self._handle.write(self._header(keep))
        self._handle.seek(0, os.SEEK_END)

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Append rows `[n, *shape]`."""
        block = np.ascontiguousarray(rows, dtype=self.dtype)
        if block.shape[1:] != self.shape:
            raise ValueError(f"rows of shape {block.shape[1:]} in a file of {self.shape}")
        self._handle.write(block.tobytes())
        self.rows += len(block)

    def flush(self, *, durable: bool = False) -> None:
        """Complete the header and flush all rows; `durable` waits for the disk."""
        self._handle.seek(0)
        self._handle.write(self._header(self.rows))
        self._handle.seek(0, os.SEEK_END)
        self._handle.flush()
        if durable:
            os.fsync(self._handle.fileno())

    def close(self) -> None:
        """Complete the header and close the file."""
        self.flush()
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _header(self, rows: int) -> bytes:
        # NumPy pads the header so that the number of rows can change in place.
        buffer = BytesIO()
        descr = npy_format.dtype_to_descr(self.dtype)
        npy_format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": (rows, *self.shape)})
        return buffer.getvalue()
