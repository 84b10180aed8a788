"""A field's rows as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]


def to_device(rows: Array) -> tf.Tensor:
    """Put rows on the device in their compact dtype (uint8, float16 or int32)."""
    return tf.constant(np.ascontiguousarray(rows))
