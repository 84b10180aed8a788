"""Averages of a network's weights, and the best weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

_CLEARLY = 0.1
_NOISE = 0.01  # of the kernel distance of some hundred items, whose features have unit variance


def copy_into(targets: Sequence[Any], sources: Sequence[Any]) -> None:
    """Copy the values of `sources` to `targets`."""
    for target, source in zip(targets, sources, strict=True):
        target.assign(source)


def average_into(means: Sequence[Any], weights: Sequence[Any], decay: tf.Tensor, step: tf.Tensor, steps: int) -> None:
    """Update moving averages of the weights, equivalent to `steps` steps with `decay`; inside a graph.

    The decay is limited to (1 + n) / (10 + n), so that the first samples are not initial noise.
    """
    n = tf.cast(step, tf.float32)
    rate = 1.0 - tf.pow(tf.minimum(decay, (1.0 + n) / (10.0 + n)), float(steps))
    for mean, weight in zip(means, weights, strict=True):
        mean.assign_add(rate * (tf.cast(weight, mean.dtype) - mean))


class BestWeights:
    """A copy of a network's weights at its best score; lower is better.

    Attributes:
        variables: The copy and the scores, for a checkpoint.
        restored: Whether the best weights were restored.
    """

    def __init__(self, model: keras.Model) -> None:
        self._weights = model.weights
        self._copies = [tf.Variable(w, trainable=False) for w in self._weights]
        # Best score, when it was in kimg (below 0: never), last score.
        self._scores = tf.Variable([0.0, -1.0, 0.0], trainable=False)
        self.variables = [*self._copies, self._scores]
        self.restored = False

    @property
    def score(self) -> float | None:
        """The best score so far."""
        best, kimg, _ = self._scores.numpy()
        return float(best) if kimg >= 0 else None

    def offer(self, score: float, kimg: float) -> None:
        """Copy the current weights if their score is the best so far."""
        best = self.score
        if best is None or score < best:
            copy_into(self._copies, self._weights)
            self._scores.assign([score, kimg, score])
        else:
            self._scores.assign([best, float(self._scores[1]), score])

    def clearly_better(self) -> bool:
        """Whether the best score is better than the last by more than the noise: a tenth of it, or a constant near 0."""
        best, kimg, last = self._scores.numpy()
        return bool(kimg >= 0 and last - best > max(_CLEARLY * abs(last), _NOISE))

    def restore(self) -> None:
        """Restore the network's best weights."""
        copy_into(self._weights, self._copies)
        self.restored = True

    def facts(self) -> dict[str, Any]:
        """Entries of the summary."""
        best, kimg, last = (float(v) for v in self._scores.numpy())
        return {"kid_best": best, "kid_last": last, "best_kimg": round(kimg, 3), "generator_is": "best" if self.restored else "last"}
