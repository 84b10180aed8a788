"""A field's rows as tensors, turned into network form inside the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]


def to_device(rows: Array) -> tf.Tensor:
    """Put rows on the device in their compact dtype (uint8, float16 or int32)."""
    return tf.constant(np.ascontiguousarray(rows))


def network_form(rows: tf.Tensor) -> tf.Tensor:
    """Rows to what networks read, as `Codec.to_network` does: ids stay, uint8 goes to [-1, 1]."""
    if rows.dtype == tf.uint8:
        return tf.cast(rows, tf.float32) / 127.5 - 1.0
    if rows.dtype.is_integer:
        return tf.cast(rows, tf.int32)
    return tf.cast(rows, tf.float32)


def in_chunks(function: Any, arrays: tuple[Array, ...], size: int) -> list[Array]:
    """Apply `function` to equally large chunks of the arrays and join the results.

    The last chunk is padded by repeating its last row, so that one graph and one kernel choice
    serve every call, and a row's result does not depend on how many rows there are.
    """
    total = len(arrays[0])
    parts = []
    for begin in range(0, total, size):
        chunk = [np.asarray(a[begin : begin + size]) for a in arrays]
        count = len(chunk[0])
        if count < size:
            chunk = [np.concatenate([c, np.repeat(c[-1:], size - count, axis=0)]) for c in chunk]
        results = function(*chunk)
        parts.append([np.asarray(r)[:count] for r in (results if isinstance(results, list | tuple) else [results])])
    return [np.concatenate(column) for column in zip(*parts, strict=True)]
