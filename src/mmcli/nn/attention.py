"""Scaled dot-product attention with key masks, written out so that a NumPy reference can match it."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

_NEVER = -1e30  # logit of a masked key: its weight underflows to exactly zero
_EPSILON = 1e-6


def masked_softmax(logits: Any, keys: Any) -> Any:
    """Softmax over the last axis among the keys (bool, broadcastable); all zero where there is no key."""
    weights = ops.softmax(ops.where(keys, logits, _NEVER), axis=-1)
    return ops.where(keys, weights, 0.0)


def attend(query: Any, key: Any, value: Any, keys: Any, heads: int) -> tuple[Any, Any]:
    """softmax(Q K^T / sqrt(d_k)) V per head (Vaswani et al. 2017, eq. 1).

    Args:
        query: `[B, Q, d]`.
        key: `[B, S, d]`.
        value: `[B, S, d]`.
        keys: Positions that may be attended to, bool, broadcastable to `[B, Q, S]`.
        heads: Number of heads; must divide d.

    Returns:
        The mixed values `[B, Q, d]` and the weights `[B, heads, Q, S]`.
    """
    query, key, value = (_split(x, heads) for x in (query, key, value))
    logits = ops.einsum("bqhc,bshc->bhqs", query, key) / math.sqrt(query.shape[-1])
    weights = masked_softmax(logits, ops.expand_dims(keys, 1))
    mixed = ops.einsum("bhqs,bshc->bqhc", weights, value)
    return ops.reshape(mixed, (-1, mixed.shape[1], heads * mixed.shape[3])), weights


def _split(x: Any, heads: int) -> Any:
    return ops.reshape(x, (-1, x.shape[1], heads, x.shape[2] // heads))  # [B, S, heads, d_k]


def unit_rms(x: Any) -> Any:
    """Scale vectors to a root mean square of 1; zero vectors stay zero."""
    return x / ops.sqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + _EPSILON)


class SelfAttention(keras.layers.Layer):
    """Pre-norm transformer block: attention among the allowed positions, then a two-layer perceptron."""

    def __init__(self, dim: int, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dim, self.heads = dim, heads
        self.norm = keras.layers.LayerNormalization(epsilon=_EPSILON, dtype=self.dtype_policy)
        self.projection = keras.layers.Dense(3 * dim, dtype=self.dtype_policy)
        self.output_projection = keras.layers.Dense(dim, dtype=self.dtype_policy)
        self.norm_2 = keras.layers.LayerNormalization(epsilon=_EPSILON, dtype=self.dtype_policy)
        self.widen = keras.layers.Dense(2 * dim, activation="silu", dtype=self.dtype_policy)
        self.narrow = keras.layers.Dense(dim, dtype=self.dtype_policy)

    def build(self, x_shape: Any, keys_shape: Any) -> None:
        """Create the weights."""
        for layer in (self.norm, self.projection, self.norm_2, self.widen):
            layer.build((None, None, self.dim))
        self.output_projection.build((None, None, self.dim))
        self.narrow.build((None, None, 2 * self.dim))

    def call(self, x: Any, keys: Any) -> Any:
        """`x [B, S, d]`, `keys` bool, broadcastable to `[B, S, S]`."""
        query, key, value = ops.split(self.projection(self.norm(x)), 3, axis=-1)
        x = x + self.output_projection(attend(query, key, value, keys, self.heads)[0])
        return x + self.narrow(self.widen(self.norm_2(x)))


class QueryPool(keras.layers.Layer):
    """K learned queries attend to a sequence: `[B, S, d]` to latents `[B, K, d]` and the weights `[B, heads, K, S]`."""

    def __init__(self, dim: int, latents: int, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dim, self.latents, self.heads = dim, latents, heads
        self.norm = keras.layers.LayerNormalization(epsilon=_EPSILON, dtype=self.dtype_policy)
        self.projection = keras.layers.Dense(2 * dim, dtype=self.dtype_policy)
        self.output_projection = keras.layers.Dense(dim, dtype=self.dtype_policy)

    def build(self, x_shape: Any, keys_shape: Any) -> None:
        """Create the weights."""
        self.queries = self.add_weight(
            shape=(1, self.latents, self.dim), initializer=keras.initializers.RandomNormal(stddev=0.5), name="queries"
        )
        for layer in (self.norm, self.projection, self.output_projection):
            layer.build((None, None, self.dim))

    def call(self, x: Any, keys: Any) -> tuple[Any, Any]:
        """`keys [B, S]` bool."""
        key, value = ops.split(self.projection(self.norm(x)), 2, axis=-1)
        mixed, weights = attend(self.queries, key, value, ops.expand_dims(keys, 1), self.heads)
        return self.queries + self.output_projection(mixed), weights
