"""Transformer blocks for sequences of any length (Vaswani et al. 2017), pre-norm, fast on a CPU.

Rows of all sequences are one matrix `[B T, D]` outside attention. Only matrix products use the compute type of Keras'
policy (bfloat16 where the processor multiplies it); sums, norms and softmax stay in float32.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.nn.draws import Draws

_EPSILON = 1e-6
_LONGEST_WAVE = 10_000.0
NEVER = -1e9


class Dropout:
    """Sets values to zero in training; every call within a step draws its own numbers.

    Args:
        rate: Probability, a multiple of 1/256 after rounding.
        draws: Random numbers of the step; `None` outside training.
    """

    def __init__(self, rate: float, draws: Draws | None) -> None:
        self._draws, self._least, self._part = draws, round(256 * rate), 0

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        if self._draws is None or not self._least:
            return x
        self._part += 1
        kept = self._draws.bytes(tf.shape(x), part=self._part) >= self._least
        return tf.where(kept, x * (256.0 / (256 - self._least)), 0.0)


@tf.custom_gradient
def _unit_rms(x: tf.Tensor, scale: tf.Tensor) -> Any:
    """X / rms(x) * scale along the last axis; its gradient by hand takes half the operations."""
    inverse = tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + _EPSILON)
    unit = x * inverse

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scaled = upstream * scale
        return inverse * (scaled - unit * tf.reduce_mean(scaled * unit, -1, keepdims=True)), tf.reduce_sum(upstream * unit, 0)

    return unit * scale, gradient


class RmsNorm(keras.layers.Layer):
    """Root mean square normalisation (Zhang, Sennrich 2019) of rows `[N, D]`, in float32."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        return _unit_rms(x, tf.convert_to_tensor(self.scale))


def dense(width: int, **options: Any) -> keras.layers.Dense:
    """A dense layer on rows; its result is in the compute type of Keras' policy."""
    return keras.layers.Dense(width, dtype=keras.config.dtype_policy(), **options)


def sinusoids(length: int, dim: int) -> npt.NDArray[np.float32]:
    """Positions `[length, dim]`: sines, then cosines of geometrically decreasing frequencies."""
    angles = np.arange(length)[:, None] / _LONGEST_WAVE ** (np.arange(0, dim, 2) / dim)
    return np.concatenate([np.sin(angles), np.cos(angles)], 1)[:, :dim].astype(np.float32)


def heads_of(x: tf.Tensor, shape: tuple[Any, Any], heads: int, parts: int) -> list[tf.Tensor]:
    """Rows `[B T, parts D]` to `parts` tensors `[B, heads, T, D / heads]`."""
    width = x.shape[-1] // (parts * heads)
    found: list[tf.Tensor] = tf.unstack(tf.transpose(tf.reshape(x, (*shape, parts, heads, width)), (2, 0, 3, 1, 4)), num=parts)
    return found


def attend(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """softmax(Q K^T / sqrt(d) + bias) V for `[B, heads, Q, d]`, `[B, heads, S, d]` twice and a bias broadcastable to `[B, heads, Q, S]`."""
    scores = tf.cast(tf.matmul(query, key, transpose_b=True), tf.float32) / math.sqrt(query.shape[-1]) + bias
    return tf.matmul(tf.cast(tf.nn.softmax(scores), value.dtype), value)


def merged(x: tf.Tensor) -> tf.Tensor:
    """`[B, heads, T, d]` to rows `[B T, heads d]`."""
    return tf.reshape(tf.transpose(x, (0, 2, 1, 3)), (-1, x.shape[1] * x.shape[3]))


def as_bias(mask: tf.Tensor) -> tf.Tensor:
    """0 where a mask `[B, S]` is true, otherwise a large negative number, `[B, 1, 1, S]`."""
    return tf.where(mask, 0.0, NEVER)[:, None, None, :]


class FeedForward(keras.layers.Layer):
    """Two dense layers with ReLU on normalised rows; returns what is added to the rows, in float32."""

    def __init__(self, dim: int, width: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.norm, self.widen, self.narrow = dim, RmsNorm(), dense(width, activation="relu"), dense(dim)

    def build(self, shape: Any) -> None:
        for layer, width in ((self.norm, self.dim), (self.widen, self.dim), (self.narrow, self.widen.units)):
            layer.build((None, width))

    def call(self, x: Any) -> Any:
        return tf.cast(self.narrow(self.widen(self.norm(x))), tf.float32)


class Attention(keras.layers.Layer):
    """Attention of normalised rows to themselves; returns what is added to the rows, in float32."""

    def __init__(self, dim: int, heads: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.heads, self.norm = dim, heads, RmsNorm()
        self.project, self.out = dense(3 * dim), dense(dim)

    def build(self, shape: Any) -> None:
        for layer in (self.norm, self.project, self.out):
            layer.build((None, self.dim))

    def call(self, x: Any, shape: Any, bias: Any) -> Any:
        """`x [B T, D]`, `shape` (B, T), `bias` as `attend`."""
        query, key, value = self.parts(x, shape)
        return self.combine(attend(query, key, value, bias))

    def parts(self, x: Any, shape: Any) -> list[Any]:
        """Query, key and value `[B, heads, T, d]`."""
        return heads_of(self.project(self.norm(x)), shape, self.heads, 3)

    def combine(self, mixed: Any) -> Any:
        """What is added to the rows, from mixed values `[B, heads, T, d]`."""
        return tf.cast(self.out(merged(mixed)), tf.float32)


class CrossAttention(keras.layers.Layer):
    """Attention of normalised rows to a memory; returns what is added to the rows, in float32."""

    def __init__(self, dim: int, heads: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.heads, self.norm = dim, heads, RmsNorm()
        self.ask, self.project, self.out = dense(dim), dense(2 * dim), dense(dim)

    def build(self, shape: Any) -> None:
        for layer in (self.norm, self.ask, self.project, self.out):
            layer.build((None, self.dim))

    def read(self, memory: Any, shape: Any) -> list[Any]:
        """Key and value `[B, heads, S, d]` of a memory `[B S, D]` of `shape` (B, S)."""
        return heads_of(self.project(memory), shape, self.heads, 2)

    def call(self, x: Any, shape: Any, key: Any, value: Any, bias: Any) -> Any:
        """`x [B T, D]`, `shape` (B, T); the others as `read` and `as_bias` make them."""
        (query,) = heads_of(self.ask(self.norm(x)), shape, self.heads, 1)
        return tf.cast(self.out(merged(attend(query, key, value, bias))), tf.float32)


class EncoderBlock(keras.layers.Layer):
    """Attention and dense layers over rows of sequences."""

    def __init__(self, dim: int, heads: int, width: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.attention, self.feed_forward = Attention(dim, heads), FeedForward(dim, width)

    def build(self, shape: Any) -> None:
        self.attention.build(None)
        self.feed_forward.build(None)

    def call(self, x: Any, shape: Any, bias: Any, drop: Dropout) -> Any:
        """`x [B T, D]`, `shape` (B, T)."""
        x = x + drop(self.attention(x, shape, bias))
        return x + drop(self.feed_forward(x))


class DecoderBlock(keras.layers.Layer):
    """The same with attention to a memory between the two."""

    def __init__(self, dim: int, heads: int, width: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.attention, self.cross, self.feed_forward = Attention(dim, heads), CrossAttention(dim, heads), FeedForward(dim, width)

    def build(self, shape: Any) -> None:
        for layer in (self.attention, self.cross, self.feed_forward):
            layer.build(None)

    def call(self, x: Any, shape: Any, bias: Any, memory: tuple[Any, Any, Any], drop: Dropout) -> Any:
        """`x [B T, D]`, `shape` (B, T), `memory` a key, a value and a bias."""
        x = x + drop(self.attention(x, shape, bias))
        x = x + drop(self.cross(x, shape, *memory))
        return x + drop(self.feed_forward(x))
