"""Copy tokens of the given texts (pointer-generator, See et al. 2017, arXiv 1704.04368)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from mmcli.core.token_ids import FIRST_WORD
from mmcli.nn.transformer import NEVER, dense

_SELDOM = -2.0  # before training, most tokens are not copied
_LEAST = 1e-20  # a probability whose logarithm is finite


class Pointed(NamedTuple):
    """What can be copied: keys `[B, S, D]` and tokens `ids [B, S]` of a memory; places whose id is no word are never copied."""

    keys: Any
    ids: Any


class Pointer(keras.layers.Layer):
    """Where the next token is copied from, and how likely it is copied at all."""

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.ask, self.key, self.after = dim, dense(dim), dense(dim), dense(dim)

    def build(self, shape: Any) -> None:
        del shape
        for layer in (self.ask, self.key, self.after):
            layer.build((None, self.dim))
        self.gate = self.add_weight(shape=(self.dim, 1), initializer="zeros", name="gate")
        self.gate_bias = self.add_weight(shape=(1,), initializer=keras.initializers.Constant(_SELDOM), name="gate_bias")

    def read(self, memory: Any, ids: Any, vectors: Any) -> Pointed:
        """Keys of a memory `[B, S, D]` with tokens `ids [B, S]`, whose vectors are `[B, S, D]`.

        A key knows the token before its place as well, so that the token after the one that was copied last is easy to find.
        """
        before = tf.pad(vectors, ((0, 0), (1, 0), (0, 0)))[:, :-1]
        rows = self.key(tf.reshape(memory, (-1, self.dim))) + self.after(tf.reshape(before, (-1, self.dim)))
        return Pointed(tf.reshape(tf.cast(rows, tf.float32), tf.shape(memory)), ids)

    def call(self, states: Any, pointed: Pointed) -> tuple[Any, Any]:
        """Shares `[B, Q, S]` of the places and the probability `[B, Q]` of copying, after states `[B, Q, D]`."""
        rows, words = tf.reshape(states, (-1, self.dim)), pointed.ids >= FIRST_WORD
        asked = tf.reshape(tf.cast(self.ask(rows), tf.float32), tf.shape(states))
        scores = tf.matmul(asked, pointed.keys, transpose_b=True) / math.sqrt(self.dim) + tf.where(words, 0.0, NEVER)[:, None]
        gate = tf.reshape(tf.sigmoid(tf.matmul(rows, self.gate) + self.gate_bias), tf.shape(states)[:2])
        return tf.nn.softmax(scores), gate * tf.cast(tf.reduce_any(words, 1), tf.float32)[:, None]

    def nll(self, states: Any, pointed: Pointed, ids: Any, written: Any) -> Any:
        """Negative log-likelihood `[B, T]` of tokens `ids [B, T]`, if `written` is that of writing them."""
        shares, gate = self(states, pointed)
        copied = gate * tf.reduce_sum(tf.where(ids[:, :, None] == pointed.ids[:, None], shares, 0.0), 2)
        return -tf.reduce_logsumexp(tf.stack([tf.math.log1p(-gate) - written, tf.math.log(tf.maximum(copied, _LEAST))]), 0)

    def logits(self, states: Any, pointed: Pointed, written: Any) -> Any:
        """Log-probabilities `[B Q, V]` of the next tokens, if those of writing them are the softmax of `written [B Q, V]`."""
        shares, gate = self(states, pointed)
        count, size = tf.shape(written)[0], tf.shape(written)[1]
        ids = tf.reshape(tf.repeat(pointed.ids[:, None], tf.shape(states)[1], 1), (count, -1))
        places = tf.reshape(tf.range(count)[:, None] * size + ids, [-1])
        copied = tf.reshape(tf.math.unsorted_segment_sum(tf.reshape(gate[:, :, None] * shares, [-1]), places, count * size), (count, size))
        found = tf.reshape(1.0 - gate, (-1, 1)) * tf.nn.softmax(written) + copied
        return tf.where(found > _LEAST, tf.math.log(tf.maximum(found, _LEAST)), NEVER)
