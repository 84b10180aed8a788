"""Layers that several networks use."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from mmcli.core.token_ids import PAD
from mmcli.nn.attention import masked_softmax


class AttentionPool(keras.layers.Layer):
    """Learned queries attend to a sequence: `[B, S, C]` to `[B, queries, C]`.

    Scaled dot-product attention (Vaswani et al. 2017, eq. 1) with the sequence as keys and values.
    An optional mask `[B, S]` excludes positions.
    """

    def __init__(self, queries: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queries = queries

    def build(self, input_shape: Any) -> None:
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        self.query = self.add_weight(shape=(self.queries, shape[-1]), initializer="glorot_normal", name="query")

    def call(self, inputs: Any) -> Any:
        sequence = inputs[0] if isinstance(inputs, list | tuple) else inputs
        return ops.einsum("bqs,bsc->bqc", self.weights_on(inputs), sequence)

    def weights_on(self, inputs: Any) -> Any:
        """Attention of each query to each position, `[B, queries, S]`; rows sum to 1, or are 0 if every position is masked."""
        sequence, mask = inputs if isinstance(inputs, list | tuple) else (inputs, None)
        scores = ops.einsum("qc,bsc->bqs", self.query, sequence) / math.sqrt(sequence.shape[-1])
        return ops.softmax(scores, axis=-1) if mask is None else masked_softmax(scores, ops.cast(mask, "bool")[:, None, :])

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        return (shape[0], self.queries, shape[-1])


class ConditionalAffine(keras.layers.Layer):
    """Scale and shift channels by a condition; initially the identity.

    `x [B, ..., C]` and `e [B, E]` to `x * (1 + W e) + V e` with W = V = 0 (FiLM, Perez et al. 2018).
    """

    def build(self, input_shape: Any) -> None:
        channels, width = input_shape[0][-1], input_shape[1][-1]
        self.scale = self.add_weight(shape=(width, channels), initializer="zeros", name="scale")
        self.shift = self.add_weight(shape=(width, channels), initializer="zeros", name="shift")

    def call(self, inputs: Any) -> Any:
        x, e = inputs
        shape = (-1, *([1] * (len(x.shape) - 2)), x.shape[-1])
        return x * (1.0 + ops.reshape(ops.matmul(e, self.scale), shape)) + ops.reshape(ops.matmul(e, self.shift), shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[0]


class MaskedMean(keras.layers.Layer):
    """Mean over the valid positions: `x [B, T, C]` and weights `[B, T]` to `[B, C]`; zero without any."""

    def call(self, x: Any, weights: Any) -> Any:
        """`weights` scale the positions; a weight of 0, or False, also excludes the position from the count."""
        w = ops.cast(weights, x.dtype)[:, :, None]
        total = ops.sum(ops.where(w > 0, x * w, 0.0), axis=1)  # even if masked positions are not finite
        return total / ops.maximum(ops.sum(ops.cast(w > 0, x.dtype), axis=1), 1.0)

    def compute_output_shape(self, x_shape: Any, weights_shape: Any) -> Any:
        return (x_shape[0], x_shape[2])


class SequenceMask(keras.layers.Layer):
    """1 if an id is not padding, otherwise 0: `[B, T] int32` to `[B, T] float32`."""

    def call(self, ids: Any) -> Any:
        return ops.cast(ops.not_equal(ids, PAD), "float32")

    def compute_output_spec(self, ids: Any) -> Any:
        return keras.KerasTensor(ids.shape, dtype="float32")
