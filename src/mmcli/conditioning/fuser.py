"""Train a fusion network: predict the label and the hidden fields from the visible ones."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from keras import ops

from mmcli.conditioning.embedded_records import Batch, EmbeddedRecords
from mmcli.conditioning.fusion import attention_model
from mmcli.conditioning.options import FuseConfig
from mmcli.core.streams import Purpose, generator
from mmcli.nn import networks_io, runtime
from mmcli.nn.chunks import in_chunks
from mmcli.nn.contrastive import infonce
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.schedules import warm_up_and_cosine
from mmcli.training.epochs import epoch_order

Array = npt.NDArray[Any]
_MAX_VALIDATION = 1000
_MOST_RECORDS, _MOST_TOKENS = 512, 8192  # per forward pass, so that its memory does not grow with T
_TEMPERATURE = 0.07
_SAME = 0.999
_VISIBLE_WEIGHT = 0.25


def choose_objective(asked: str, data: EmbeddedRecords) -> tuple[str, str]:
    """The objective for the data, and a description of it.

    `labels` if most train records have one of a small number of classes; otherwise `masked`, and
    `contrastive` only on request.
    """
    labels = data.labels[data.rows("train")]
    known = labels[labels >= 0]
    classes = len(set(known.tolist()))
    usable = classes >= 2 and len(known) >= 0.5 * len(labels) and classes <= len(known) / 2
    if asked == "auto":
        if usable:
            return "labels", f"{classes} labels and masked-field prediction"
        return "masked", "masked-field prediction, since no labels repeat"
    if asked == "labels" and not usable:
        return "masked", "masked-field prediction instead of labels, since no labels repeat"
    return asked, {"labels": "labels and masked-field prediction", "masked": "masked-field prediction"}.get(asked, asked)


class Fuser:
    """A fusion network, its training heads and the state of their training (see `training.epochs`).

    Args:
        data: Embedded records.
        config: Options of the stage.
        objective: `labels`, `masked` or `contrastive`.
        method: One of `fusion.METHODS`.

    Attributes:
        network: The fusion network and its recipe.
        chunk: Number of records per forward pass.
    """

    def __init__(self, data: EmbeddedRecords, config: FuseConfig, objective: str, method: str) -> None:
        self._data, self._config, self.objective = data, config, objective
        runtime.reseed(config.seed)
        sizes = {"fields": len(data.fields), "tokens": data.tokens, "dim": data.dim}
        recipe = {**sizes, "latents": config.latents, "heads": config.heads, "layers": config.layers, "method": method}
        self.network = networks_io.build("fusion", recipe)
        self.label_head = keras.layers.Dense(len(data.classes) if objective == "labels" else 1, dtype="float32", name="label_head")
        self.field_head = keras.layers.Dense(len(data.fields) * data.dim, dtype="float32", name="field_head")
        self.label_head.build((None, data.dim))
        self.field_head.build((None, data.dim))
        self._trainable = [
            *self.network.model.trainable_variables,
            *(self.label_head.trainable_variables if objective == "labels" else ()),
            *self.field_head.trainable_variables,
        ]
        self._train_rows = data.rows("train")
        self._batch_size = min(config.batch_size, len(self._train_rows))
        self.steps_per_epoch = max(1, len(self._train_rows) // self._batch_size)
        rate = warm_up_and_cosine(config.learning_rate, config.epochs * self.steps_per_epoch)
        self._optimizer = keras.optimizers.AdamW(rate, weight_decay=0.01, global_clipnorm=1.0)
        self._optimizer.build(self._trainable)
        self.chunk = max(1, min(_MOST_RECORDS, _MOST_TOKENS // (len(data.fields) * data.tokens)))
        self._step_graph = graph(self._train_step)
        self._forward_graph = graph(lambda tokens, mask: self.network.model({"tokens": tokens, "mask": mask}, training=False))
        self._validation = self._validation_batch()

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        return [*self.network.model.variables, *self.label_head.variables, *self.field_head.variables, *self._optimizer.variables]

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train one epoch, in the order determined by (seed, epoch)."""
        order = epoch_order(self._config.seed, Purpose.FUSE_ORDER, epoch, len(self._train_rows), self._batch_size)
        losses = []
        for i, chosen in enumerate(order):
            step = epoch * self.steps_per_epoch + i
            rows = np.sort(self._train_rows[chosen])
            losses.append(self._step_graph(*_tensors(self._data.read(rows)), tf.constant(step, tf.int32)))
        return {"loss": float(np.mean(losses))}

    def validate(self) -> dict[str, float]:
        """Negative loss on the validation records, each once complete and once with a single field."""
        if self._validation is None:
            return {"score": 0.0}
        batch, mask = self._validation
        condition, _ = self.forward(batch.tokens, mask)
        _, vectors, present, labels = _tensors(batch)
        loss = float(self._loss(tf.constant(condition), vectors, present, tf.constant(mask), labels))
        return {"score": -loss, "loss_val": loss}

    def forward(self, tokens: Array, mask: Array) -> tuple[Array, Array]:
        """Conditions `[B, d]` and latents `[B, K, d]` of embedded records."""

        def run(tokens: Array, mask: Array) -> list[Any]:
            out = self._forward_graph(tf.constant(tokens, tf.float32), tf.constant(mask, tf.float32))
            return [out["condition"], out["latents"]]

        condition, latents = in_chunks(run, (tokens, mask), self.chunk)
        return condition, latents

    def attention(self, tokens: Array, mask: Array) -> Array | None:
        """Attention of the learned queries to every token, `[B, F, T]` with sum 1; `None` for methods without attention."""
        model = attention_model(self.network.model)
        if model is None:
            return None

        def run(tokens: Array, mask: Array) -> Any:
            weights = model({"tokens": tf.constant(tokens, tf.float32), "mask": tf.constant(mask, tf.float32)}, training=False)
            return np.asarray(weights).mean((1, 2))  # over heads and queries

        (found,) = in_chunks(run, (tokens, mask), max(1, self.chunk // 4))  # this pass runs eagerly and needs more memory
        return found.reshape(len(mask), *tokens.shape[1:3])

    def predict_fields(self, condition: Array) -> Array:
        """Predicted vectors of all fields, `[B, F, d]` of unit length."""
        return np.asarray(self._predicted(tf.constant(condition)))

    def _predicted(self, condition: Any) -> Any:
        vectors = ops.reshape(self.field_head(condition), (-1, len(self._data.fields), self._data.dim))
        return vectors / ops.sqrt(ops.sum(ops.square(vectors), -1, keepdims=True) + 1e-12)

    def _train_step(self, tokens: tf.Tensor, vectors: tf.Tensor, present: tf.Tensor, labels: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        tokens = tf.cast(tokens, tf.float32)
        mask = self._hide(present, step)
        tokens = self._corrupt(tokens, mask, step)
        with tf.GradientTape() as tape:
            condition = self.network.model({"tokens": tokens, "mask": mask}, training=True)["condition"]
            loss = self._loss(condition, vectors, present, mask, labels)
        gradients = tape.gradient(loss, self._trainable)
        self._optimizer.apply(gradients, self._trainable)
        return loss

    def _draws(self, purpose: Purpose, step: tf.Tensor) -> Draws:
        return Draws(self._config.seed, purpose, step)

    def _hide(self, present: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Hide fields at random per record, but never the last one."""
        noise = self._draws(Purpose.FUSE_HIDE, step).uniform(tf.shape(present)) * present
        kept = (noise >= self._config.dropout) | (noise >= tf.reduce_max(noise, 1, keepdims=True))
        return present * tf.cast(kept, tf.float32)

    def _corrupt(self, tokens: tf.Tensor, mask: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Corrupt one visible field of some records that have others: with noise, or another record's tokens.

        So the network learns to rely on the fields that agree. A field of another record can only
        be detected if three fields are visible.
        """
        draw = self._draws(Purpose.FUSE_SPOIL, step).uniform((tf.shape(mask)[0], mask.shape[1] + 3))
        count = tf.reduce_sum(mask, 1)
        victim = tf.one_hot(tf.argmax(draw[:, :-3] * mask, 1), mask.shape[1])
        victim *= tf.cast((draw[:, -1] < self._config.noise) & (count >= 2), tf.float32)[:, None]
        swap = (draw[:, -2] < 0.5) & (count >= 3)
        scale = tf.sqrt(tf.reduce_mean(tf.square(tokens), -1, keepdims=True))
        noise = self._draws(Purpose.FUSE_NOISE, step).normal(tf.shape(tokens)) * scale * (3.0 * draw[:, -3])[:, None, None, None]
        other = tf.roll(tokens, 1, 0)
        corrupted = tf.where(swap[:, None, None, None], other, tokens + noise)
        return tf.where(victim[:, :, None, None] > 0, corrupted, tokens)

    def _loss(self, condition: Any, vectors: Any, present: Any, mask: Any, labels: Any) -> Any:
        """Cross-entropy of the label, plus the error of the predicted fields with most weight on hidden ones."""
        weight = present * (1.0 - mask) + _VISIBLE_WEIGHT * mask
        predicted = self._predicted(condition)
        if self.objective == "contrastive":
            return _field_contrast(predicted, vectors, present, weight)
        loss = ops.sum(weight * (1.0 - ops.sum(predicted * vectors, -1))) / ops.maximum(ops.sum(weight), 1.0)
        if self.objective == "labels":
            known = ops.cast(labels >= 0, "float32")
            entropy = keras.losses.sparse_categorical_crossentropy(ops.maximum(labels, 0), self.label_head(condition), from_logits=True)
            loss = loss + ops.sum(known * entropy) / ops.maximum(ops.sum(known), 1.0)
        return loss

    def _validation_batch(self) -> tuple[Batch, Array] | None:
        rows = self._data.rows("val")[:_MAX_VALIDATION]
        if not len(rows):
            return None
        batch = self._data.read(rows)
        draw = generator(self._config.seed, Purpose.FUSE_VALIDATION).random(batch.present.shape) * batch.present
        single = (draw >= draw.max(1, keepdims=True)) * batch.present
        twice = Batch(*(np.concatenate([a, a]) for a in (batch.tokens, batch.vectors, batch.present, batch.labels)))
        return twice, np.concatenate([batch.present, single]).astype(np.float32)


def _tensors(batch: Batch) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    return tf.constant(batch.tokens), tf.constant(batch.vectors), tf.constant(batch.present), tf.constant(batch.labels, tf.int32)


def _field_contrast(predicted: Any, vectors: Any, present: Any, weight: Any) -> Any:
    """InfoNCE per field: the predicted vector identifies the record's own vector within the batch.

    Vectors that are (nearly) equal to the record's own are not negatives.
    """
    logits = ops.einsum("ifd,jfd->fij", predicted, vectors) / _TEMPERATURE  # [F, B, B]
    same = ops.einsum("ifd,jfd->fij", vectors, vectors) > _SAME
    own = ops.eye(vectors.shape[0], dtype="bool")[None]
    usable = ops.logical_or(own, ops.logical_and(ops.logical_not(same), ops.transpose(present)[:, None, :] > 0))
    return infonce(logits, ops.cast(own, "float32"), ops.cast(usable, "float32"), ops.transpose(weight))
