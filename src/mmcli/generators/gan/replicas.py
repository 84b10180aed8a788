"""Split batches among several devices; no effect with one device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


class Replicas:
    """The devices of the distribution strategy in whose scope it is created.

    Attributes:
        several: Whether there is a distribution strategy.
    """

    def __init__(self) -> None:
        self._strategy = tf.distribute.get_strategy() if tf.distribute.has_strategy() else None
        self.several = self._strategy is not None

    def mean(self, function: Callable[[], tf.Tensor]) -> tf.Tensor:
        """Mean of the function's results over the devices."""
        assert self._strategy is not None
        return self._strategy.reduce(tf.distribute.ReduceOp.MEAN, self._strategy.run(function), axis=None)

    def batch(self, items: tf.Tensor) -> Any:
        """Number of items over all devices."""
        return tf.shape(items)[0] * (1 if self._strategy is None else self._strategy.num_replicas_in_sync)

    def share(self, values: tf.Tensor) -> tf.Tensor:
        """This device's part of a batch."""
        if self._strategy is None:
            return values
        context = tf.distribute.get_replica_context()
        shares = tf.reshape(values, tf.concat([[context.num_replicas_in_sync, -1], tf.shape(values)[1:]], 0))
        return tf.ensure_shape(shares[context.replica_id_in_sync_group], [None, *values.shape[1:]])

    def together(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Mean gradients over all devices."""
        if self._strategy is None:
            return gradients
        found: list[tf.Tensor] = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        return found
