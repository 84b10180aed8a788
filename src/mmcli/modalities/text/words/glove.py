"""GloVe in TensorFlow: weighted least squares on co-occurrence counts, fitted by AdaGrad.

Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation", eq. 8 and 9:
J = sum over the pairs of f(X_ij) (w_i . v_j + b_i + c_j - log X_ij)^2, f(x) = min(1, (x / x_max)^(3/4)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from mmcli.modalities.text.words.cooccurrence import Cooccurrence
from mmcli.modalities.text.words.vectors import Array

_ORDER_PURPOSE, _START_PURPOSE = 1, 2


@dataclass(frozen=True)
class GloveOptions:
    """Options of the fit.

    Attributes:
        width: Width w of the vectors.
        epochs: Passes over the pairs.
        batch_size: Pairs per update.
        learning_rate: AdaGrad's rate.
        x_max: Count from which on a pair has the full weight.
        power: Exponent of the weight below that.
        seed: Seeds the start values and the order.
    """

    width: int = 100
    epochs: int = 25
    batch_size: int = 4096
    learning_rate: float = 0.05
    x_max: float = 100.0
    power: float = 0.75
    seed: int = 0


def weights_and_logs(counts: Array, options: GloveOptions) -> tuple[Array, Array]:
    """f(X) and log X of counts `[P]`, float32."""
    wide = np.asarray(counts, dtype=np.float64)
    weights = np.minimum(1.0, (wide / options.x_max) ** options.power)
    return weights.astype(np.float32), np.log(wide).astype(np.float32)


class Glove:
    """Word and context vectors with their biases, and the AdaGrad state.

    Args:
        pairs: Co-occurrence counts.
        options: See `GloveOptions`.
    """

    def __init__(self, pairs: Cooccurrence, options: GloveOptions) -> None:
        self.options, self.num_words = options, pairs.num_words
        self._keys, self._counts = pairs.keys, pairs.counts
        start = np.random.default_rng([options.seed, _START_PURPOSE]).uniform(-0.5, 0.5, (2, pairs.num_words, options.width + 1))
        start = (start / options.width).astype(np.float32)
        # The bias is the last column, so that one gather and one scatter serve both.
        self.word, self.context = tf.Variable(start[0]), tf.Variable(start[1])
        self._squares = [tf.Variable(tf.ones_like(start[0])) for _ in range(2)]
        self._step = tf.function(self._update, jit_compile=False, reduce_retracing=True)

    def loss(self) -> float:
        """J over all pairs, summed in float64."""
        total = 0.0
        for left, right, weight, log in self._batches(np.arange(len(self._keys)), 1 << 18):
            error, _, _ = _error(self.word, self.context, left, right, log)
            total += float(tf.reduce_sum(tf.cast(weight * error * error, tf.float64)))
        return total

    def fit(self, on_epoch: Callable[[int, float], None] | None = None) -> list[float]:
        """Go `epochs` times over the pairs in the order that (seed, epoch) gives.

        Args:
            on_epoch: Is told the epoch's number from 1 and its loss.

        Returns:
            Mean loss per pair of each epoch, taken as the pairs were visited. Without any pair the
            vectors stay at their start values and each loss is 0.
        """
        losses = []
        for epoch in range(self.options.epochs):
            order = np.random.default_rng([self.options.seed, _ORDER_PURPOSE, epoch]).permutation(len(self._keys))
            parts = [self._step(*batch) for batch in self._batches(order, self.options.batch_size)]
            losses.append(float(np.sum([float(p) for p in parts])) / max(1, len(order)))
            if on_epoch:
                on_epoch(epoch + 1, losses[-1])
        return losses

    def vectors(self) -> Array:
        """Sum of word and context vectors `[V, w]` float32, as the paper advises."""
        total: Array = (self.word.numpy() + self.context.numpy())[:, :-1]
        return total

    def _batches(self, order: Array, size: int) -> Any:
        for begin in range(0, len(order), size):
            rows = np.sort(order[begin : begin + size])
            keys = np.asarray(self._keys[rows])
            weight, log = weights_and_logs(self._counts[rows], self.options)
            left, right = np.divmod(keys, self.num_words)
            yield tuple(tf.constant(a) for a in (left.astype(np.int32), right.astype(np.int32), weight, log))

    def _update(self, left: Any, right: Any, weight: Any, log: Any) -> Any:
        error, word, context = _error(self.word, self.context, left, right, log)
        pull = (weight * error)[:, None]
        ones = tf.ones_like(pull)
        gradients = (tf.concat([context, ones], 1) * pull, tf.concat([word, ones], 1) * pull)
        tables = zip((self.word, self.context), self._squares, (left, right), gradients, strict=True)
        for table, squares, rows, gradient in tables:
            self._adagrad(table, squares, rows, gradient)
        return tf.reduce_sum(weight * error * error)

    def _adagrad(self, table: Any, squares: Any, rows: Any, gradient: Any) -> None:
        """Duchi et al. (2011): each coordinate's rate falls with its summed squared gradients."""
        unique, places = tf.unique(rows)
        summed = tf.math.unsorted_segment_sum(gradient, places, tf.size(unique))
        squares.scatter_add(tf.IndexedSlices(summed * summed, unique))
        scale = self.options.learning_rate * tf.math.rsqrt(tf.gather(squares, unique))
        table.scatter_sub(tf.IndexedSlices(scale * summed, unique))


def _error(word_table: Any, context_table: Any, left: Any, right: Any, log: Any) -> tuple[Any, Any, Any]:
    word, context = tf.gather(word_table, left), tf.gather(context_table, right)
    inner = tf.reduce_sum(word[:, :-1] * context[:, :-1], 1) + word[:, -1] + context[:, -1]
    return inner - log, word[:, :-1], context[:, :-1]
