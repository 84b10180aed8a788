"""`.npy` files, checked before they are opened and read through mmap."""

from __future__ import annotations

import math
import os
import tokenize
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy_format

from mmcli.artifacts.shard_names import shards_of
from mmcli.artifacts.sharded import Shards
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, SafetyError

Array = npt.NDArray[np.generic]
_KINDS = frozenset("biufc")
_REBUILD = "rerun the stage that made it"
_READERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
# What NumPy's header parser is known to raise on broken bytes.
_BROKEN_HEADER = (OSError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError, OverflowError, tokenize.TokenError)


def save(path: Path, array: npt.ArrayLike) -> None:
    """Write an array as `.npy`, durably and without pickles.

    Raises:
        ValueError: The array holds anything but numbers or booleans.
        OSError: It cannot be written.
    """
    array = np.asarray(array, order="C")
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"not an array of numbers: {array.dtype}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        header = {"descr": npy_format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
        npy_format.write_array_header_1_0(handle, header)
        # Not np.save: when the disk is full its error names neither the reason nor the file.
        handle.write(array.reshape(-1).view(np.uint8).data)
        handle.flush()
        os.fsync(handle.fileno())


def load(path: Path, *, mmap: bool = True) -> npt.NDArray[np.generic]:
    """Open a `.npy` file read-only; if it was split into shards, they are read as one array.

    Raises:
        SafetyError: It holds Python objects (a pickle).
        IntegrityError: It is not a `.npy` file of numbers, or its header does not match the file's size.
    """
    if not path.exists():
        parts = shards_of(path.name, (other.name for other in path.parent.glob("*-of-*.npy")))
        if parts:
            return joined([path.with_name(name) for name in parts])
    return _load(path, mmap=mmap)


def joined(paths: Sequence[Path]) -> npt.NDArray[np.generic]:
    """Concatenate files of equal rows into one array; several files stay on disk and are indexed along the first axis.

    Raises:
        SafetyError, IntegrityError: As `load`; also if their rows differ in shape or dtype.
    """
    found = [_load(path, mmap=True) for path in paths]
    if len(found) == 1:
        return found[0]
    if any((array.shape[1:], array.dtype) != (found[0].shape[1:], found[0].dtype) for array in found):
        raise IntegrityError("the shards of a NumPy file differ in row shape or dtype", visible(paths[0]), _REBUILD)
    return cast("npt.NDArray[np.generic]", Shards(found))


def _load(path: Path, *, mmap: bool) -> npt.NDArray[np.generic]:
    where = visible(path)
    try:
        with path.open("rb") as handle:
            version = npy_format.read_magic(handle)
            if version not in _READERS:
                raise ValueError(f"version {version}")
            shape, _, dtype = _READERS[version](handle)
            data_bytes = path.stat().st_size - handle.tell()
    except _BROKEN_HEADER as error:
        raise IntegrityError(f"not a NumPy file: {visible(error)}", where, _REBUILD) from None
    if dtype.hasobject:
        raise SafetyError("a NumPy file contains Python objects, which can run code", where, "do not use this file")
    if dtype.kind not in _KINDS or any(isinstance(side, bool) or not 0 <= side < 2**62 for side in shape):
        raise IntegrityError(f"a NumPy file does not contain plain numbers: {visible(dtype)} {visible(shape)}", where, _REBUILD)
    if math.prod(shape) * dtype.itemsize != data_bytes:
        raise IntegrityError("a NumPy file's header does not match its size", where, _REBUILD)
    if not data_bytes:
        return _empty(shape, dtype, where)
    found: npt.NDArray[np.generic] = np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)
    return found


def _empty(shape: tuple[int, ...], dtype: np.dtype[np.generic], where: str) -> npt.NDArray[np.generic]:
    try:
        return np.zeros(shape, dtype)
    except ValueError:
        raise IntegrityError(f"a NumPy file has an impossible shape: {visible(shape)}", where, _REBUILD) from None
