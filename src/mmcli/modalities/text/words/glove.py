"""GloVe in TensorFlow: weighted least squares on co-occurrence counts, fitted by AdaGrad.

Pennington, Socher and Manning (2014), "GloVe: Global Vectors for Word Representation", eq. 8 and 9:
J = sum over pairs of f(X_ij) (w_i . v_j + b_i + c_j - log X_ij)^2, f(x) = min(1, (x / x_max)^(3/4)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from mmcli.core.streams import Purpose, generator
from mmcli.modalities.text.words.cooccurrence import Cooccurrence
from mmcli.modalities.text.words.vectors import Array
from mmcli.nn.graphs import graph


@dataclass(frozen=True)
class GloveOptions:
    """Options of the fit.

    Attributes:
        width: Width w of the vectors.
        epochs: Number of epochs over the pairs.
        batch_size: Number of pairs per update.
        learning_rate: Learning rate of AdaGrad.
        x_max: Count at which a pair reaches full weight.
        power: Exponent of the weight below that.
        seed: Seed of the initial values and the order.
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

    Both tables are stored as one of 2 V rows, words before contexts: then a batch's interactions are one
    sparse matrix, and the gradient is its product with the vectors. It stays on the CPU.

    Args:
        pairs: Co-occurrence counts.
        options: See `GloveOptions`.
    """

    def __init__(self, pairs: Cooccurrence, options: GloveOptions) -> None:
        self.options, self.num_words = options, pairs.num_words
        self._keys, self._counts = pairs.keys, pairs.counts
        start = generator(options.seed, Purpose.WORD_VECTORS_START).uniform(-0.5, 0.5, (2 * pairs.num_words, options.width + 1))
        start = (start / options.width).astype(np.float32)
        integers, floats = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32)
        with tf.device("CPU"):
            self._vectors, self._biases = tf.Variable(start[:, :-1]), tf.Variable(start[:, -1])
            self._squares = [tf.Variable(tf.ones_like(table)) for table in (self._vectors, self._biases)]
            step = graph(self._update, jit_compile=False)
            self._step = step.get_concrete_function(integers, tf.TensorSpec([None, 2], tf.int64), integers, floats, floats)

    def loss(self) -> float:
        """J over all pairs, summed in float64."""
        total = 0.0
        for rows, places, _, weight, log in self._batches(np.arange(len(self._keys)), 1 << 18):
            vectors, biases = tf.gather(self._vectors, rows), tf.gather(self._biases, rows)
            error = _error(vectors, biases, places[: len(log)], log)
            total += float(tf.reduce_sum(tf.cast(weight * error * error, tf.float64)))
        return total

    def fit(self, on_epoch: Callable[[int, float], None] | None = None) -> list[float]:
        """Train `epochs` epochs over the pairs, in the order given by (seed, epoch).

        Args:
            on_epoch: Called with the epoch's number, from 1, and its loss.

        Returns:
            Mean loss per pair of each epoch, computed as the pairs were visited. Without pairs the
            vectors keep their initial values and each loss is 0.
        """
        losses = []
        for epoch in range(self.options.epochs):
            order = generator(self.options.seed, Purpose.WORD_VECTORS_ORDER, epoch).permutation(len(self._keys))
            parts = [self._step(*batch) for batch in self._batches(order, self.options.batch_size)]
            losses.append(float(np.sum([float(p) for p in parts])) / max(1, len(order)))
            if on_epoch:
                on_epoch(epoch + 1, losses[-1])
        return losses

    def tables(self) -> tuple[Array, Array]:
        """Word and context vectors, each `[V, w + 1]` float32 with the bias last."""
        both = np.column_stack([self._vectors.numpy(), self._biases.numpy()])
        return both[: self.num_words], both[self.num_words :]

    def vectors(self) -> Array:
        """Sum of word and context vectors `[V, w]` float32, as the paper recommends."""
        word, context = self.tables()
        total: Array = (word + context)[:, :-1]
        return total

    def _batches(self, order: Array, size: int) -> Iterator[tuple[Any, ...]]:
        for begin in range(0, len(order), size):
            chosen = np.sort(order[begin : begin + size])
            structure = pulls_of(np.asarray(self._keys[chosen]), self.num_words)
            yield tuple(tf.constant(a) for a in (*structure, *weights_and_logs(self._counts[chosen], self.options)))

    def _update(self, rows: Any, places: Any, by_right: Any, weight: Any, log: Any) -> Any:
        vectors, biases = tf.gather(self._vectors, rows), tf.gather(self._biases, rows)
        error = _error(vectors, biases, places[: tf.size(log)], log)
        pull = weight * error
        pulls = tf.concat([pull, tf.gather(pull, by_right)], 0)
        # Measured: `tf.sparse.sparse_dense_matmul` takes twice as long, segment sums of scaled vectors three times.
        square = tf.fill([2], tf.size(rows, tf.int64))
        matrix = tf.raw_ops.SparseTensorToCSRSparseMatrix(indices=places, values=pulls, dense_shape=square)
        gradients = tf.raw_ops.SparseMatrixMatMul(a=matrix, b=vectors), tf.math.segment_sum(pulls, places[:, 0])
        for table, squares, gradient in zip((self._vectors, self._biases), self._squares, gradients, strict=True):
            # Duchi et al. (2011): each coordinate's rate decreases with its summed squared gradients.
            tf.raw_ops.ResourceSparseApplyAdagrad(
                var=table.handle, accum=squares.handle, lr=self.options.learning_rate, grad=gradient, indices=rows
            )
        return tf.reduce_sum(pull * error)


def pulls_of(keys: Array, num_words: int) -> tuple[Array, Array, Array]:
    """Sparsity pattern of the interactions between rows of the joint table, for some pairs.

    Args:
        keys: `[B]` int64, word * V + context, ascending and unique.
        num_words: V; the context's row is V + context.

    Returns:
        The rows that occur `[U]` int32, ascending; the interactions `[2 B, 2]` int64 as (updated row,
        updating row), both as indices into those `U`, ascending: first each pair's update of its word,
        then of its context; and the pair that each of the latter belongs to `[B]` int32.
    """
    left = keys // num_words
    right = keys - left * num_words
    by_right = np.argsort(right * num_words + left)
    ends = np.concatenate([left, right[by_right] + num_words])
    is_new = np.diff(ends, prepend=-1) > 0
    place = np.cumsum(is_new) - 1
    places = np.empty((len(ends), 2), np.int64)
    places[:, 0] = place
    places[by_right, 1] = place[len(keys) :]
    places[len(keys) :, 1] = place[by_right]
    return ends[is_new].astype(np.int32), places, by_right.astype(np.int32)


def _error(vectors: Any, biases: Any, places: Any, log: Any) -> Any:
    left, right = places[:, 0], places[:, 1]
    inner = tf.reduce_sum(tf.gather(vectors, left) * tf.gather(vectors, right), 1)
    return inner + tf.gather(biases, left) + tf.gather(biases, right) - log
