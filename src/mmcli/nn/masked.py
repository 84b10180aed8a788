"""Layers over sequences of different lengths: padding never changes an item's result."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from mmcli.nn.padding import LEAST_FRAME

_EPSILON = 1e-3  # that of Keras' GroupNormalization
_CELLS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


class FrameMask(keras.layers.Layer):
    """1 if a frame is not padding, otherwise 0: `[B, L, C]` to `[B, L]`; see `padding`."""

    def call(self, x: Any) -> Any:
        return ops.cast(x[:, :, 0] > LEAST_FRAME, "float32")

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape[:2], dtype="float32")


# Keras treats an argument named mask specially, so the masks of these layers are named `used`.


class MaskedConv1D(keras.layers.Conv1D):
    """Convolution over time with stride 2 that treats padding as zeros: `[B, L, C]` to `[B, ceil(L / 2), filters]`.

    Position j reads around 2 j for any L; "same" shifts by one if L is odd. For even L they are equal.
    """

    def __init__(self, filters: int, kernel_size: int, **kwargs: Any) -> None:
        super().__init__(filters, kernel_size, strides=2, padding="valid", **kwargs)

    def call(self, x: Any, used: Any) -> Any:
        before = (self.kernel_size[0] - 2) // 2
        zeros = ((0, 0), (before, self.kernel_size[0] - 1 - before), (0, 0))
        return super().call(ops.pad(x * ops.cast(used, x.dtype)[:, :, None], zeros))

    def compute_output_spec(self, x: Any, used: Any) -> Any:
        length = x.shape[1] if x.shape[1] is None else -(-x.shape[1] // 2)
        return keras.KerasTensor((x.shape[0], length, self.filters), dtype=self.compute_dtype)


def halved_mask(mask: Any) -> Any:
    """The mask after a stride of 2."""
    return mask[:, ::2]


class MaskedGroupNormalization(keras.layers.Layer):
    """Group normalisation (Wu, He 2018) of `[B, L, C]` by the mean and variance of the valid positions."""

    def __init__(self, groups: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.groups = groups

    def build(self, x_shape: Any, used_shape: Any) -> None:
        self.gamma = self.add_weight(shape=(x_shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(x_shape[-1],), initializer="zeros", name="beta")

    def call(self, x: Any, used: Any) -> Any:
        weight = ops.cast(used, x.dtype)[:, None, :]
        count = ops.maximum(ops.sum(weight, axis=2), 1.0)
        mean = self._per_group(ops.matmul(weight, x)[:, 0] / count)
        variance = self._per_group(ops.matmul(weight, ops.square(x))[:, 0] / count) - ops.square(mean)
        scale = self.gamma * ops.rsqrt(ops.maximum(variance, 0.0) + _EPSILON)
        return x * scale[:, None, :] + (self.beta - mean * scale)[:, None, :]

    def _per_group(self, values: Any) -> Any:
        """Mean of each group `[B, C]`, for each of its channels."""
        width = values.shape[-1] // self.groups
        averaging = np.kron(np.eye(self.groups), np.full((width, width), 1.0 / width))
        return ops.matmul(values, ops.convert_to_tensor(averaging, values.dtype))

    def compute_output_shape(self, x_shape: Any, used_shape: Any) -> Any:
        return x_shape


class MaskedRecurrent(keras.layers.Layer):
    """Bidirectional recurrent layer over items padded at their end: `[B, L, C]` to `[B, L, 2 width]`, zeros at padding.

    In the forward direction no position depends on the padding after it; for the backward direction each item is reversed
    within its own length. So no step needs the mask, which would take a tenth of the time of a step.

    Args:
        cell: `gru` or `lstm`.
        width: Width of each direction.
    """

    def __init__(self, cell: str, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.forwards, self.backwards = (_CELLS[cell](width, return_sequences=True) for _ in range(2))
        self.width = width

    def build(self, x_shape: Any, used_shape: Any) -> None:
        self.forwards.build(x_shape)
        self.backwards.build(x_shape)

    def call(self, x: Any, used: Any) -> Any:
        lengths = tf.reduce_sum(tf.cast(used > 0, tf.int32), 1)
        turned = tf.reverse_sequence(x, lengths, seq_axis=1)
        found = ops.concatenate([self.forwards(x), tf.reverse_sequence(self.backwards(turned), lengths, seq_axis=1)], axis=-1)
        return found * ops.cast(used, found.dtype)[:, :, None]

    def compute_output_spec(self, x: Any, used: Any) -> Any:
        return keras.KerasTensor((*x.shape[:2], 2 * self.width), dtype=self.compute_dtype)
