"""The layers of BERT in Keras: embeddings and post-norm transformer blocks.

Sequences pass the dense layers as one matrix `[B * T, H]`, which TensorFlow multiplies fastest on a
CPU, and the three projections of attention are one matrix product.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from mmcli.modalities.text.bert.shape import BertShape

_NEVER = -1e9
_START = keras.initializers.TruncatedNormal(stddev=0.02)


def activation_of(name: str, x: Any) -> Any:
    """Apply an activation by its published name."""
    if name == "gelu":
        return 0.5 * x * (1.0 + ops.erf(x * math.sqrt(0.5)))
    if name == "gelu_new":
        return ops.gelu(x, approximate=True)
    return ops.relu(x) if name == "relu" else ops.silu(x)


class _Normalised(keras.layers.Layer):
    """Base of layers that normalise their rows."""

    def __init__(self, shape: BertShape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = shape

    def add_norm(self, name: str) -> tuple[Any, Any]:
        """Gain and shift of one normalisation."""
        width = (self.sizes.hidden,)
        return self.add_weight(shape=width, initializer="ones", name=f"{name}_gain"), self.add_weight(
            shape=width, initializer="zeros", name=f"{name}_shift"
        )

    def add_dense(self, name: str, rows: int, columns: int) -> tuple[Any, Any]:
        """Kernel and bias of one projection."""
        kernel = self.add_weight(shape=(rows, columns), initializer=_START, name=f"{name}_kernel")
        return kernel, self.add_weight(shape=(columns,), initializer="zeros", name=f"{name}_bias")

    def normalise(self, x: Any, norm: tuple[Any, Any]) -> Any:
        """Layer normalisation (Ba et al. 2016) over the last axis."""
        mean, variance = ops.moments(x, axes=[-1], keepdims=True)
        scale = ops.rsqrt(variance + self.sizes.epsilon) * norm[0]
        return x * scale + (norm[1] - mean * scale)


class BertEmbeddings(_Normalised):
    """Word, position and segment embeddings: ids `[B, T]` (segment 0) to `[B, T, H]`."""

    def __init__(self, shape: BertShape, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(shape, **kwargs)
        self.drop = keras.layers.Dropout(dropout)

    def build(self, ids_shape: Any) -> None:
        s = self.sizes
        self.words = self.add_weight(shape=(s.vocabulary, s.hidden), initializer=_START, name="words")
        self.positions = self.add_weight(shape=(s.positions, s.hidden), initializer=_START, name="positions")
        self.types = self.add_weight(shape=(s.types, s.hidden), initializer=_START, name="types")
        self.norm = self.add_norm("norm")

    def call(self, ids: Any, training: bool = False) -> Any:
        length = ops.shape(ids)[1]
        x = ops.take(self.words, ids, axis=0) + self.positions[:length] + self.types[0]
        return self.drop(self.normalise(x, self.norm), training=training)

    def compute_output_shape(self, ids_shape: Any) -> Any:
        return (*ids_shape, self.sizes.hidden)


class BertBlock(_Normalised):
    """Self-attention and a feed-forward network, each with a residual connection and normalisation.

    Args:
        shape: Sizes.
        dropout: Dropout rate in training, after each of the two parts and within attention.
    """

    def __init__(self, shape: BertShape, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(shape, **kwargs)
        self.drops = [keras.layers.Dropout(dropout) for _ in range(3)]

    def build(self, x_shape: Any, keys_shape: Any) -> None:
        hidden, inner = self.sizes.hidden, self.sizes.inner
        self.attention_in = self.add_dense("attention_in", hidden, 3 * hidden)
        self.attention_out = self.add_dense("attention_out", hidden, hidden)
        self.attention_norm = self.add_norm("attention_norm")
        self.inner_in = self.add_dense("inner_in", hidden, inner)
        self.inner_out = self.add_dense("inner_out", inner, hidden)
        self.inner_norm = self.add_norm("inner_norm")

    def call(self, x: Any, keys: Any, training: bool = False) -> Any:
        """Apply the block to `x [B, T, H]`; `keys [B, T]` is 1 for valid positions."""
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        rows = ops.reshape(x, (-1, self.sizes.hidden))
        mixed = self._attend(_dense(rows, self.attention_in), keys, batch, length, training)
        mixed = self.drops[0](_dense(mixed, self.attention_out), training=training)
        rows = self.normalise(rows + mixed, self.attention_norm)
        deep = activation_of(self.sizes.activation, _dense(rows, self.inner_in))
        deep = self.drops[1](_dense(deep, self.inner_out), training=training)
        return ops.reshape(self.normalise(rows + deep, self.inner_norm), (batch, length, self.sizes.hidden))

    def compute_output_shape(self, x_shape: Any, keys_shape: Any) -> Any:
        return x_shape

    def _attend(self, projected: Any, keys: Any, batch: Any, length: Any, training: bool) -> Any:
        heads, depth = self.sizes.heads, self.sizes.hidden // self.sizes.heads
        split = ops.transpose(ops.reshape(projected, (batch, length, 3, heads, depth)), (2, 0, 3, 1, 4))
        query, key, value = split[0], split[1], split[2]  # [B, heads, T, depth]
        hidden = ((1.0 - ops.cast(keys, projected.dtype)) * _NEVER)[:, None, None, :]
        scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) * (1.0 / math.sqrt(depth)) + hidden
        weights = self.drops[2](ops.softmax(scores), training=training)
        return ops.reshape(ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3)), (-1, self.sizes.hidden))


def _dense(rows: Any, weights: tuple[Any, Any]) -> Any:
    return ops.matmul(rows, weights[0]) + weights[1]
