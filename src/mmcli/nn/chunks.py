"""Run a function of a fixed number of rows over any number of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def in_chunks(function: Callable[..., Any], arrays: Sequence[npt.ArrayLike], size: int) -> list[Array]:
    """Apply `function` to chunks of equal size of the arrays and concatenate the results.

    The last chunk is padded by repeating its last row, so that every call uses the same graph and
    kernels, and a row's result does not depend on the number of rows. Without any row, `function` is
    called once with zeros to obtain the shape of the results.

    Args:
        function: Takes a chunk `[size, ...]` of each array; returns one array-like of `size` rows or several.
        arrays: One or more arrays with the same number of rows.
        size: Number of rows per chunk.

    Returns:
        The rows of all chunks, for each of the function's results.
    """
    whole = [np.asarray(a) for a in arrays]
    total, parts = len(whole[0]), []
    for begin in range(0, max(1, total), size):
        count = min(size, total - begin)
        results = function(*(_filled(a[begin : begin + size], size) for a in whole))
        parts.append([np.asarray(r)[:count] for r in (results if isinstance(results, list | tuple) else [results])])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _filled(chunk: Array, size: int) -> Array:
    """A chunk with its last row repeated up to `size` rows."""
    chunk = np.asarray(chunk)
    if len(chunk) == size:
        return chunk
    last = chunk[-1:] if len(chunk) else np.zeros((1, *chunk.shape[1:]), chunk.dtype)
    return np.concatenate([chunk, np.repeat(last, size - len(chunk), axis=0)])
