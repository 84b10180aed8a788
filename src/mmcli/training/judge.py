"""Train a judge on the real train split: a classifier if there are labels, otherwise by instance discrimination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.nn.chunks import in_chunks
from mmcli.nn.contrastive import both_ways
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.training.epochs import epoch_order

Array = npt.NDArray[Any]
View = Callable[[Array, np.random.Generator], Array]


@dataclass(frozen=True)
class Views:
    """How batches are changed in training.

    Attributes:
        augment: Keeps what an item is.
        corrupt: Makes an item that no real one looks like; without it the judge does not learn to tell them apart.
    """

    augment: View
    corrupt: View | None = None


BATCH = 64
EPOCHS = 12
MIN_STEPS, MAX_STEPS = 200, 4000
LEARNING_RATE = 2e-3
_TEMPERATURE = 0.2
_CHUNK = 256
_LEAST_LABELLED = 2  # train items per label
_LEARNED, _WINDOW = 0.02, 25  # stop a classifier whose mean loss over the window is this low


class Judge:
    """A trained judge.

    Args:
        network: See `modalities.judge_parts`.
        classes: Names of its classes; empty if it was trained without labels.
    """

    def __init__(self, network: Network, classes: list[str]) -> None:
        self.network, self.classes = network, classes
        self._graph = graph(lambda x: network.model(x, training=False), reduce_retracing=True)

    def read(self, inputs: Array) -> tuple[Array, Array, Array]:
        """Features `[N, 64]`, class probabilities `[N, C]` and logits `[N]` of being real, of items in network form."""

        def run(chunk: Array) -> list[Any]:
            out = self._graph(tf.constant(chunk))
            logits = out.get("logits")
            return [out["features"], tf.nn.softmax(logits) if logits is not None else tf.zeros((len(chunk), 0)), out["real"][:, 0]]

        features, probabilities, real = in_chunks(run, (inputs,), _CHUNK)
        return features, probabilities, real


def classes_of(labels: Sequence[str | None]) -> list[str]:
    """Classes that a judge can learn from labels of train items: none unless there are two or more and they repeat."""
    known = [label for label in labels if label is not None]
    names = sorted(set(known))
    return names if len(names) >= 2 and len(known) >= _LEAST_LABELLED * len(names) else []


def num_steps(count: int) -> int:
    """Number of training steps for a number of items."""
    return int(np.clip(EPOCHS * count // BATCH, MIN_STEPS, MAX_STEPS))


def train(
    network: Network, classes: list[str], inputs: Array, labels: Array, seed: int, ui: Ui, views: Views, most: int = MAX_STEPS
) -> Judge:
    """Train a freshly built judge.

    Args:
        network: The network; trained in place.
        classes: Names of its classes, empty to learn without labels.
        inputs: Real train items in network form, `[N, ...]`.
        labels: `[N]` class numbers; ignored without classes.
        seed: Seed of order and augmentation.
        ui: Shows progress.
        views: How batches are changed.
        most: Maximum number of training steps.
    """
    total = min(most, num_steps(len(inputs)))
    trainer = _Trainer(network, bool(classes), total, realness=views.corrupt is not None)
    batch, losses = min(BATCH, len(inputs)), list[float]()
    per_epoch = len(inputs) // batch
    with ui.progress("training the judge", total, "steps") as bar:
        for step in range(total):
            rows = epoch_order(seed, Purpose.JUDGE_ORDER, step // per_epoch, len(inputs), batch)[step % per_epoch]
            rng = generator(seed, Purpose.JUDGE_VIEW, step)
            seen = [views.augment(inputs[rows], rng) for _ in range(1 if classes else 2)]
            seen += [views.corrupt(inputs[rows], rng)] if views.corrupt else []
            losses.append(float(trainer.graph(tf.constant(np.concatenate(seen)), tf.constant(labels[rows], tf.int32))))
            bar.advance_to(step, f"loss {losses[-1]:.3f}")
            if classes and len(losses) >= max(_WINDOW, MIN_STEPS if views.corrupt else 0) and np.mean(losses[-_WINDOW:]) < _LEARNED:
                break
    return Judge(network, classes)


class _Trainer:
    def __init__(self, network: Network, labelled: bool, total: int, *, realness: bool) -> None:
        self._model, self._labelled, self._realness = network.model, labelled, realness
        self.optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, total))
        self.optimizer.build(network.model.trainable_variables)
        self.graph = graph(self._step, reduce_retracing=True)

    def _step(self, batch: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """One step on a view of each item, a second one without labels, and last the corrupted ones."""
        weights, count = self._model.trainable_variables, tf.shape(labels)[0]
        with tf.GradientTape() as tape:
            out = self._model(batch, training=True)
            if self._labelled:
                logits = out["logits"][:count]
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            else:
                loss = _instance_contrast(out["features"][:count], out["features"][count : 2 * count])
            if self._realness:
                real = tf.concat([tf.ones(tf.shape(batch)[0] - count), tf.zeros(count)], 0)
                loss += tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(real, out["real"][:, 0]))
        # A judge that does not learn to tell them apart has an output without a gradient.
        found = tape.gradient(loss, weights)
        self.optimizer.apply([tf.zeros_like(w) if g is None else g for g, w in zip(found, weights, strict=True)], weights)
        return loss


def _instance_contrast(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Symmetric InfoNCE between the two views of each item in the batch."""
    similarity = tf.matmul(tf.math.l2_normalize(a, 1), tf.math.l2_normalize(b, 1), transpose_b=True) / _TEMPERATURE
    return both_ways(similarity, tf.eye(tf.shape(a)[0]), tf.ones_like(similarity, tf.float32))
