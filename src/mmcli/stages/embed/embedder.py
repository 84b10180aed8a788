"""Train the encoders of all fields into a shared space, and encode with them.

A data set with one field has no pairs of fields. Its encoder learns from pairs of views instead: two random
augmentations of the same item are a positive pair (Chen et al. 2020, arXiv 2002.05709).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.artifacts.records import Records
from mmcli.core.streams import Purpose, generator
from mmcli.metrics.paired.retrieval import Retrieval, retrieve
from mmcli.modalities import registry
from mmcli.nn.contrastive import LOSSES, starts, uninformed
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.nn.schedules import warm_up_and_cosine
from mmcli.stages.embed.options import MOST_VALIDATION, EmbedConfig
from mmcli.training.buckets import Sequences, batch_length, in_buckets, sorted_batches
from mmcli.training.epochs import epoch_order

Array = npt.NDArray[Any]
_ENCODE_CHUNK = 64  # of one length; larger chunks would mostly be padding
# Views that differ little are matched by irrelevant detail. On keypad digits alone, a probe on 50 labels reaches 77 % at
# strength 1 and 82 % at 2 (raw pixels: 77 %).
_ALONE_STRENGTH, _MOST_STRENGTH = 2.0, 4.0
_NO_STEP = -1  # validation views are the same in every epoch, and differ from those of any training step
# Default training length: small data sets need epochs, large ones have enough steps.
_LEAST_EPOCHS, _MOST_EPOCHS, _STEPS = 10, 40, 600


@dataclass(frozen=True)
class Positives:
    """Positive pairs of records.

    Attributes:
        groups: `[N, C]` integers; two records are a positive pair if any column is equal and not
            negative.
        match: `[N]` integers; which records count as found in retrieval (negative: only itself).
    """

    groups: Array
    match: Array


def same_group(groups: Array) -> Array:
    """Whether each pair of the records `[N, C]` is positive: `[N, N]` bool."""
    same: Array = ((groups[:, None, :] == groups[None, :, :]) & (groups[:, None, :] >= 0)).any(-1)
    return same | np.eye(len(groups), dtype=bool)


class Embedder:
    """Encoders of all fields and the state of their joint training.

    Args:
        networks: Field name to encoder network.
        sequences: Field name to the items of all records.
        table: The records.
        positives: Positive pairs; a record is always positive with itself.
        config: Options of the stage.
    """

    def __init__(
        self, networks: dict[str, Network], sequences: dict[str, Sequences], table: Records, positives: Positives, config: EmbedConfig
    ) -> None:
        self.networks, self.config, self.fields = networks, config, list(networks)
        alone = len(self.fields) == 1
        # The sides of each pair: the fields, or two views of the only one.
        self.sides = 2 * self.fields if alone else self.fields
        self._strength = min(_ALONE_STRENGTH * config.augment, _MOST_STRENGTH) if alone else config.augment
        present = np.stack([table.present(name) for name in self.sides], 1)
        train = table.rows("train")
        train = train[present[train].sum(1) >= 2]
        self._batch = min(config.batch_size, len(train))
        steps = max(1, len(train) // self._batch)
        self.epochs = config.epochs or min(_MOST_EPOCHS, max(_LEAST_EPOCHS, -(-_STEPS // steps)))
        self.num_steps = self.epochs * steps
        self._train, self._sequences = train, sequences
        self._costs = np.sum([sequences[name].padded_lengths[train] for name in self.fields], axis=0)
        self._present = tf.constant(present[train], tf.float32)
        self._groups = tf.constant(positives.groups[train], tf.int32)
        self._validation = _Validation.of(self.fields, present, positives, table)
        self._losses: list[float] = []
        log_scale, bias = starts(config.loss, self._positive_fraction)
        self.log_scale, self.bias = tf.Variable(log_scale, dtype=tf.float32), tf.Variable(bias, dtype=tf.float32)
        self._weights = [w for net in networks.values() for w in net.model.trainable_variables]
        rate = warm_up_and_cosine(config.learning_rate, self.num_steps)
        self._optimizer = keras.optimizers.AdamW(rate, weight_decay=0.01, global_clipnorm=1.0)
        self._optimizer.build(self._weights)
        # The names of a modality's builders start with the modality's name.
        self._modality = {name: registry.find(net.builder.partition(".")[0]) for name, net in networks.items()}
        # One trace serves all lengths.
        batch = {name: _spec(sequences[name], self._batch) for name in self.fields}
        counts = (tf.TensorSpec([self._batch], tf.int32), tf.TensorSpec([], tf.int32))
        self._step_graph = graph(self._train_step, input_signature=(batch, *counts))
        self._encode_graph = {
            name: graph(
                lambda x, m=net.model, form=self._modality[name].to_network: m(form(x), training=False),
                input_signature=(_spec(sequences[name], None),),
            )
            for name, net in networks.items()
        }
        one = (_spec(sequences[self.fields[0]], None),)
        self._view_graphs = [graph(lambda x, side=side: self._view_vector(x, side), input_signature=one) for side in range(2)]

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        return [*[w for net in self.networks.values() for w in net.model.variables], self.log_scale, self.bias, *self._optimizer.variables]

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train one epoch, in the order determined by (seed, epoch)."""
        order = epoch_order(self.config.seed, Purpose.EMBED_ORDER, epoch, len(self._train), self._batch)
        order = sorted_batches(order, self._costs, generator(self.config.seed, Purpose.EMBED_BATCHES, epoch))
        losses = []
        for step, indices in enumerate(order, epoch * len(order)):
            losses.append(self._step_graph(self._batch_of(indices), tf.constant(indices, tf.int32), tf.constant(step, tf.int32)))
        self._losses.append(float(np.mean(losses)))
        return {"loss": self._losses[-1], "loss_uninformed": self.uninformed_loss, "scale": float(tf.exp(self.log_scale))}

    def _batch_of(self, indices: Array) -> dict[str, tf.Tensor]:
        """Each field's items of some train records, padded to the same length."""
        numbers = self._train[indices]
        fields = {name: self._sequences[name] for name in self.fields}
        return {name: tf.constant(items.padded(numbers, batch_length(items, numbers))) for name, items in fields.items()}

    def validate(self) -> dict[str, float]:
        """Metrics on the validation split; 0 if it is empty.

        The score is the mean R@1 over all directions; for one field, the mean average precision of retrieval between views.
        """
        if len(self.fields) == 1:
            found = self.retrieve_views(self._validation.numbers, self._validation.match)
            return {"score": found.mean_ap if found else 0.0}
        vectors = {name: self.encode(name, self._validation.numbers)[0] for name in self.fields if len(self._validation.match)}
        return {"score": self._validation.retrieval(vectors)}

    def retrieve_views(self, numbers: Array, match: Array) -> Retrieval | None:
        """Retrieval between two augmented views of the items of the only field; `None` for fewer than two items.

        Args:
            numbers: `[n]` record numbers; the augmentation is the same in every call.
            match: `[n]` groups of items that count as found; negative for the item alone.
        """
        if len(numbers) < 2:
            return None
        first, second = (self._in_views(numbers, side) for side in range(2))
        return retrieve(first, second, match)

    def _in_views(self, numbers: Array, side: int) -> Array:
        def run(chunk: Array) -> Array:
            found: Array = self._view_graphs[side](tf.constant(chunk)).numpy()
            return found

        return in_buckets(run, self._sequences[self.fields[0]], numbers, _ENCODE_CHUNK)[0]

    def _view_vector(self, rows: tf.Tensor, side: int) -> tf.Tensor:
        name = self.fields[0]
        x = self._view(name, self._modality[name].to_network(rows), tf.constant(_NO_STEP), side)
        return self.networks[name].model(x, training=False)["vector"]

    @cached_property
    def _positive_fraction(self) -> float:
        """Fraction of positive pairs in a batch."""
        groups = self._groups.numpy()
        probe = groups[generator(self.config.seed, Purpose.EMBED_PROBE).permutation(len(groups))[: self._batch]]
        return float(same_group(probe).mean())

    @cached_property
    def uninformed_loss(self) -> float:
        """Loss of uninformed encoders."""
        return uninformed(self.config.loss, self._batch, self._positive_fraction)

    def knows_nothing(self) -> bool:
        """Whether the last loss is at least 98 % of the uninformed loss."""
        return bool(self._losses) and self._losses[-1] > 0.98 * self.uninformed_loss

    def _train_step(self, batch: dict[str, tf.Tensor], indices: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        mask = self._drop_fields(tf.gather(self._present, indices), step)
        groups = tf.gather(self._groups, indices)
        same = (groups[:, None, :] == groups[None, :, :]) & (groups[:, None, :] >= 0)
        positive = tf.cast(tf.reduce_any(same, -1), tf.float32)
        positive = tf.maximum(positive, tf.eye(tf.shape(indices)[0]))
        with tf.GradientTape() as tape:
            vectors = []
            for number, name in enumerate(self.sides):
                x = self._modality[name].to_network(batch[name])
                vectors.append(self.networks[name].model(self._view(name, x, step, number), training=True)["vector"])
            loss = self._pair_loss(vectors, mask, positive)
        scalars = [self.log_scale, self.bias]
        gradients = tape.gradient(loss, [*self._weights, *scalars])
        rate = tf.cast(self._optimizer.learning_rate, tf.float32)  # before the optimizer counts the step
        self._optimizer.apply(gradients[:-2], self._weights)
        for variable, gradient in zip(scalars, gradients[-2:], strict=True):
            if gradient is not None:  # InfoNCE has no bias
                variable.assign_sub(rate * tf.clip_by_value(gradient, -1.0, 1.0))
        return loss

    def _view(self, name: str, x: tf.Tensor, step: tf.Tensor, number: int) -> tf.Tensor:
        """Inputs `[B, ...]` of a field, augmented."""
        if not self._strength:
            return x
        draws = Draws(self.config.seed, Purpose.EMBED_VIEW, step, number)
        return self._modality[name].changed(x, self._strength, draws)

    def _pair_loss(self, vectors: list[Any], mask: tf.Tensor, positive: tf.Tensor) -> tf.Tensor:
        total, pairs = 0.0, list(itertools.combinations(range(len(vectors)), 2))
        for i, j in pairs:
            valid = mask[:, i][:, None] * mask[:, j][None, :]
            total += LOSSES[self.config.loss](vectors[i], vectors[j], positive, valid, self.log_scale, self.bias)
        return total / len(pairs)

    def _drop_fields(self, present: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Hide fields at random, but keep two (the minimum for a pair)."""
        noise = Draws(self.config.seed, Purpose.EMBED_HIDE, step).uniform(tf.shape(present)) + (1.0 - present)
        rank = tf.argsort(tf.argsort(noise, 1), 1)
        keep = tf.cast((noise > self.config.dropout) | (rank < 2), tf.float32)
        return present * keep

    def encode(self, name: str, numbers: Array) -> tuple[Array, Array, Array]:
        """Encode the items of some records: vectors `[n, d]`, tokens `[n, T, d]` float16, and before projection `[n, T, C]` float16."""

        def run(chunk: Array) -> list[Any]:
            out = self._encode_graph[name](tf.constant(chunk))
            return [out["vector"].numpy(), _half(out["tokens"]), _half(out["features"])]

        vectors, tokens, features = in_buckets(run, self._sequences[name], numbers, _ENCODE_CHUNK)
        return vectors, tokens, features


def _half(x: tf.Tensor) -> Array:
    largest = float(np.finfo(np.float16).max)
    clipped: Array = np.clip(x.numpy(), -largest, largest).astype(np.float16)
    return clipped


def _spec(sequences: Sequences, batch: int | None) -> tf.TensorSpec:
    """Spec of a batch of items `[B, L, ...]`; L is `None` unless all items have the same length."""
    length = int(sequences.padded_lengths[0])
    one = sequences.padded(np.zeros(1, np.int64), length)
    equal = bool((sequences.padded_lengths == length).all())
    return tf.TensorSpec([batch, length if equal else None, *one.shape[2:]], one.dtype)


@dataclass(frozen=True)
class _Validation:
    """Validation records: their numbers, their present fields, and their match groups."""

    numbers: Array
    present: dict[str, Array]
    match: Array

    @classmethod
    def of(cls, fields: list[str], present: Array, positives: Positives, table: Records) -> _Validation:
        chosen = table.rows("val")[:MOST_VALIDATION]
        return cls(chosen, {name: present[chosen, i] for i, name in enumerate(fields)}, positives.match[chosen])

    def retrieval(self, vectors: dict[str, Array]) -> float:
        found = []
        for a in vectors:
            for b in vectors:
                both = self.present[a] & self.present[b]
                if a != b and both.sum() >= 2:
                    found.append(retrieve(vectors[a][both], vectors[b][both], self.match[both], ks=(1,)).recall[1])
        return float(np.mean(found)) if found else 0.0
