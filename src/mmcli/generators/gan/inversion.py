"""Find the noise and the condition from which a generator makes a given item.

Gradient descent on the distance in values and in a space of looks, from several starts at once
(projection as in StyleGAN2, Karras et al. 2020, appendix D, here for z and the condition).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.generators.base import Inverter, Nearness
from mmcli.generators.gan.item_features import ItemFeatures

Array = npt.NDArray[Any]
_RATE = 0.05
_LENGTH_WEIGHT = 0.02  # keeps z as long as noise is
_ANCHOR_WEIGHT = 0.1  # keeps the condition near its start, so that z does not have to undo it


class Inversion(Inverter):
    """Inverts one generator.

    Args:
        generator: `(noise, condition) -> item`.
        features: The space of looks.
    """

    def __init__(self, generator: keras.Model, features: ItemFeatures) -> None:
        self._generator, self._features = generator, features
        self._graph = tf.function(self._step, reduce_retracing=True)

    def nearness(self, items: Array, target: Array) -> Nearness:
        """Of items `[n, ...]` to a target `[1, ...]`, in network form."""
        axes = tuple(range(1, items.ndim))
        rms = np.sqrt(np.square(items - target).mean(axes))
        return Nearness(rms, 1.0 - self._features(items) @ self._features(target)[0])

    def run(self, target: Array, noise: Array, condition: Array, steps: int, tell: Any) -> tuple[Array, Array]:
        """Improve R starts at once; each goes its own way.

        Args:
            target: `[1, ...]` in network form.
            noise: `[R, Z]`.
            condition: `[R, D]`.
            steps: Of Adam; the rate falls along a cosine.
            tell: Is called with the number of steps done and the least distance.

        Returns:
            Noise `[R, Z]` and condition `[R, D]`.
        """
        z, c = tf.Variable(noise, dtype=tf.float32), tf.Variable(condition, dtype=tf.float32)
        optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_RATE, max(1, steps)), beta_1=0.8)
        optimizer.build([z, c])
        goal, start = tf.constant(target, tf.float32), tf.constant(condition, tf.float32)
        seen = tf.constant(self._features(target))
        for step in range(steps):
            gradients, losses = self._graph(z, c, start, goal, seen)
            optimizer.apply(gradients, [z, c])
            tell(step + 1, float(tf.reduce_min(losses)))
        return z.numpy(), c.numpy()

    def _step(self, z: tf.Tensor, c: tf.Tensor, start: tf.Tensor, goal: tf.Tensor, seen: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([z, c])
            items = tf.cast(self._generator({"noise": z, "condition": c}, training=False), tf.float32)
            values = tf.reduce_mean(tf.square(items - goal), list(range(1, len(items.shape))))
            look = 1.0 - tf.reduce_sum(self._features.tensor(items) * seen, -1)
            length = tf.square(tf.reduce_mean(tf.square(z), -1) - 1.0)
            moved = tf.reduce_sum(tf.square(c - start), -1) / (tf.reduce_sum(tf.square(start), -1) + 1e-6)
            losses = values + look
            total = tf.reduce_sum(losses + _LENGTH_WEIGHT * length + _ANCHOR_WEIGHT * moved)
        return tape.gradient(total, [z, c]), losses
