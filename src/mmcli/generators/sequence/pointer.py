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

    def call(self, states: Any, pointed: Pointed) -> tuple[Any, Any, Any]:
        """Where tokens are copied from after states `[B, Q, D]`.

        Returns:
            Shares `[B, Q, S]` of the places, the logit `[B, Q]` of copying, and whether a record has anything to copy `[B]`.
        """
        rows, words = tf.reshape(states, (-1, self.dim)), pointed.ids >= FIRST_WORD
        asked = tf.reshape(tf.cast(self.ask(rows), tf.float32), tf.shape(states))
        scores = tf.matmul(asked, pointed.keys, transpose_b=True) / math.sqrt(self.dim) + tf.where(words, 0.0, NEVER)[:, None]
        gate = tf.reshape(tf.matmul(rows, self.gate) + self.gate_bias, tf.shape(states)[:2])
        return tf.nn.softmax(scores), gate, tf.reduce_any(words, 1)

    def nll(self, states: Any, pointed: Pointed, ids: Any, written: Any) -> Any:
        """Negative log-likelihood `[B, T]` of tokens `ids [B, T]`, if `written` is that of writing them.

        In logarithms throughout: a gate that is sure has a probability of exactly 1 in float32, whose complement has no logarithm.
        """
        shares, gate, some = self(states, pointed)
        share = tf.reduce_sum(tf.where(ids[:, :, None] == pointed.ids[:, None], shares, 0.0), 2)
        ways = [-tf.nn.softplus(gate) - written, -tf.nn.softplus(-gate) + tf.math.log(tf.maximum(share, _LEAST))]
        return tf.where(some[:, None], -tf.reduce_logsumexp(tf.stack(ways), 0), written)

    def logits(self, states: Any, pointed: Pointed, written: Any) -> Any:
        """Log-probabilities `[B Q, V]` of the next tokens, if those of writing them are the softmax of `written [B Q, V]`."""
        shares, logit, some = self(states, pointed)
        gate = tf.sigmoid(logit) * tf.cast(some, tf.float32)[:, None]
        count, size = tf.shape(written)[0], tf.shape(written)[1]
        ids = tf.reshape(tf.repeat(pointed.ids[:, None], tf.shape(states)[1], 1), (count, -1))
        places = tf.reshape(tf.range(count)[:, None] * size + ids, [-1])
        copied = tf.reshape(tf.math.unsorted_segment_sum(tf.reshape(gate[:, :, None] * shares, [-1]), places, count * size), (count, size))
        found = tf.reshape(1.0 - gate, (-1, 1)) * tf.nn.softmax(written) + copied
        return tf.where(found > _LEAST, tf.math.log(tf.maximum(found, _LEAST)), NEVER)
