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
