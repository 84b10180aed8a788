"""Random tensors inside graphs, as functions of a seed, a purpose, a step and indices."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.core.streams import Purpose, stateless_word


class Draws:
    """The random tensors of one step.

    Args:
        seed: Seed of the run.
        purpose: Purpose of the numbers.
        step: Scalar integer tensor, or a Python integer.
        indices: Further indices that are known when the graph is traced.
    """

    def __init__(self, seed: int, purpose: Purpose, step: Any, *indices: int) -> None:
        self._seed, self._purpose, self._step, self._indices = seed, purpose, step, indices

    def uniform(self, shape: Any, *, low: Any = 0.0, high: Any = 1.0, part: int = 0, dtype: tf.DType = tf.float32) -> tf.Tensor:
        """Uniform numbers in [`low`, `high`); each `part` of a step draws its own."""
        return tf.random.stateless_uniform(shape, self._key(part), low, high, dtype)

    def normal(self, shape: Any, *, part: int = 0) -> tf.Tensor:
        """Standard normal numbers, float32."""
        return tf.random.stateless_normal(shape, self._key(part))

    def bytes(self, shape: Any, *, part: int = 0) -> tf.Tensor:
        """Uniform integers from 0 to 255, uint8: four for one random word, so dropout costs a quarter."""
        size = tf.reduce_prod(shape)
        words = tf.random.stateless_uniform([(size + 3) // 4], self._key(part), None, None, tf.int32)
        return tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size], shape)

    def _key(self, part: int) -> tf.Tensor:
        word = stateless_word(self._seed, self._purpose, *self._indices, part)
        return tf.stack([tf.constant(word, tf.int32), tf.cast(self._step, tf.int32)])
