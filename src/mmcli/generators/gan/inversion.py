"""Find the noise and the condition from which a generator makes a given item.

Gradient descent on the distance in values and in a feature space, from several starts in parallel
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
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
_RATE = 0.05
_LENGTH_WEIGHT = 0.02  # keeps the length of z typical of noise
_ANCHOR_WEIGHT = 0.1  # keeps the condition near its start, so that z does not have to undo it


class Inversion(Inverter):
    """Inverts one generator.

    Args:
        generator: `(noise, condition) -> item`.
        features: The feature space.
    """

    def __init__(self, generator: keras.Model, features: ItemFeatures) -> None:
        self._generator, self._features = generator, features
        self._graph = graph(self._step, reduce_retracing=True)

    def nearness(self, items: Array, target: Array) -> Nearness:
        """Distances of items `[n, ...]` to a target `[1, ...]`, in network form."""
        axes = tuple(range(1, items.ndim))
        rms = np.sqrt(np.square(items - target).mean(axes))
        return Nearness(rms, 1.0 - self._features(items) @ self._features(target)[0])

    def run(self, target: Array, noise: Array, condition: Array, steps: int, tell: Any) -> tuple[Array, Array]:
        """Optimise R starts in parallel, independently of each other.

        Args:
            target: `[1, ...]` in network form.
            noise: `[R, Z]`.
            condition: `[R, D]`.
            steps: Number of Adam steps, with cosine decay of the rate.
            tell: Called with the number of steps done and the minimum distance.

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
