"""`.npy` files that are checked before they are opened, and read through mmap."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from mmcli.display import visible
from mmcli.errors import IntegrityError, SafetyError

Array = npt.NDArray[np.generic]
_REBUILD = "run the stage that makes it again"


def save(path: Path, array: npt.ArrayLike) -> None:
    """Write an array as `.npy`, durably and without pickles."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        np.save(handle, np.ascontiguousarray(array), allow_pickle=False)
        handle.flush()
        os.fsync(handle.fileno())


def load(path: Path, *, mmap: bool = True) -> npt.NDArray[np.generic]:
    """Open a `.npy` file read-only.

    Raises:
        SafetyError: It holds Python objects (a pickle).
        IntegrityError: It is no `.npy`, or its header does not agree with the file's size.
    """
    where = visible(path)
    try:
        with path.open("rb") as handle:
            version = npy_format.read_magic(handle)
            reader = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
            shape, _, dtype = reader(handle)
            data_bytes = path.stat().st_size - handle.tell()
    except (ValueError, OSError) as error:
        raise IntegrityError(f"not a NumPy file: {visible(error)}", where, _REBUILD) from None
    if dtype.hasobject:
        raise SafetyError("a NumPy file holds Python objects, which can run code", where, "do not use this file")
    if math.prod(shape) * dtype.itemsize != data_bytes:
        raise IntegrityError("a NumPy file's header does not agree with its size", where, _REBUILD)
    array: npt.NDArray[np.generic] = np.load(path, mmap_mode="r" if mmap and data_bytes else None, allow_pickle=False)
    return array
