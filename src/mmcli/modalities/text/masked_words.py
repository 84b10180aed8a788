"""Pre-train a transformer on texts alone by masked language modelling.

Devlin et al. (2019), section 3.1: of the selected positions, 80 % become the mask, 10 % another word
and 10 % are kept; the loss is the cross entropy at the selected positions, with the embedding matrix
as output matrix.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mmcli.core.streams import Purpose
from mmcli.core.token_ids import FIRST_WORD
from mmcli.modalities.text.bert.network import EMBEDDINGS
from mmcli.modalities.text.words.vectors import Array
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.schedules import warm_up_and_cosine
from mmcli.training.epochs import epoch_order

_VALIDATION_STEP = 2**27  # the same validation masks in every epoch
_MAX_VALIDATION = 2048
_WARM_UP = 0.1  # fraction of the steps, as published


class MaskedWords:
    """A transformer, its prediction head and the state of their training.

    Args:
        body: Model ids `[B, T]` -> features `[B, T, H]` with a layer `embeddings`; the last row of
            its word matrix is the mask token.
        rows: Train rows `[N, T]` int32 of the text codec.
        validation: Validation rows `[M, T]`; may be empty.
        vocabulary: Number of ids of the codec; the mask is the next id.
        epochs: Number of epochs, which determines the learning rate schedule.
        batch_size: Number of rows per step.
        learning_rate: Peak learning rate of AdamW.
        share: Fraction of the words to mask.
        seed: Seed of order and masks.
    """

    def __init__(
        self,
        body: keras.Model,
        rows: Array,
        validation: Array,
        *,
        vocabulary: int,
        epochs: int,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        share: float = 0.15,
        seed: int = 0,
    ) -> None:
        self.body, self.vocabulary, self.share, self.seed = body, vocabulary, share, seed
        self._rows, self._validation = np.asarray(rows), np.asarray(validation[:_MAX_VALIDATION])
        self._batch = min(batch_size, len(rows))
        hidden = body.output.shape[-1]
        self.head = keras.Sequential(
            [keras.Input((hidden,)), keras.layers.Dense(hidden, activation="gelu"), keras.layers.LayerNormalization()], name="guess"
        )
        self.bias = tf.Variable(tf.zeros(vocabulary))
        self._trained = [*body.trainable_variables, *self.head.trainable_variables]
        num_steps = epochs * max(1, len(rows) // self._batch)
        rate = warm_up_and_cosine(learning_rate, num_steps, round(_WARM_UP * num_steps))
        self._optimizer = keras.optimizers.AdamW(rate, weight_decay=0.01, global_clipnorm=1.0)
        self._optimizer.build(self._trained)
        self._train_graph = graph(self._train_step, reduce_retracing=True)
        self._loss_graph = graph(self._loss, reduce_retracing=True)

    def variables(self) -> list[Any]:
        """All state that a resumed run needs, in a fixed order."""
        return [*self.body.variables, *self.head.variables, self.bias, *self._optimizer.variables]

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train one epoch in the order given by (seed, epoch); `loss` is in nats per masked word."""
        order = epoch_order(self.seed, Purpose.PRETRAIN_ORDER, epoch, len(self._rows), self._batch)
        losses = []
        for i, indices in enumerate(order):
            step = epoch * len(order) + i
            losses.append(self._train_graph(tf.constant(self._rows[indices]), tf.constant(step, tf.int32)))
        return {"loss": float(np.mean(losses))}

    def validate(self) -> dict[str, float]:
        """Loss on the validation rows with fixed masks; `score` is its negative."""
        losses = []
        for begin in range(0, len(self._validation), self._batch):
            rows = tf.constant(self._validation[begin : begin + self._batch])
            losses.append(self._loss_graph(rows, tf.constant(_VALIDATION_STEP + begin, tf.int32), training=False))
        loss = float(np.mean(losses)) if losses else 0.0
        return {"validation_loss": loss, "score": -loss}

    def _train_step(self, rows: Any, step: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = self._loss(rows, step, training=True)
        gradients = tape.gradient(loss, [*self._trained, self.bias], unconnected_gradients="zero")
        rate = tf.cast(self._optimizer.learning_rate, tf.float32)  # before the optimizer counts the step
        self._optimizer.apply(gradients[:-1], self._trained)
        self.bias.assign_sub(rate * gradients[-1])
        return loss

    def _loss(self, rows: Any, step: Any, training: bool) -> Any:
        hidden, chosen = self.hide(rows, step)
        features = tf.boolean_mask(self.body(hidden, training=training), chosen)  # [n, H]
        words = tf.convert_to_tensor(self.body.get_layer(EMBEDDINGS).words)[: self.vocabulary]
        logits = tf.matmul(self.head(features, training=training), words, transpose_b=True) + self.bias
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.boolean_mask(rows, chosen), logits)
        return tf.reduce_sum(losses) / tf.maximum(tf.cast(tf.size(losses), tf.float32), 1.0)

    def hide(self, rows: Any, step: Any) -> tuple[Any, Any]:
        """Mask rows `[B, T]`; also returns the selected positions, `[B, T]` bool. Each text has at least one."""
        choice, fate, word = (
            Draws(self.seed, purpose, step) for purpose in (Purpose.PRETRAIN_CHOICE, Purpose.PRETRAIN_FATE, Purpose.PRETRAIN_WORD)
        )
        words = rows >= FIRST_WORD
        draw = tf.where(words, choice.uniform(tf.shape(rows)), 2.0)
        least = tf.reduce_min(draw, 1, keepdims=True)
        chosen = words & ((draw < self.share) | (draw <= least))
        low = min(FIRST_WORD, self.vocabulary - 1)
        other = word.uniform(tf.shape(rows), low=low, high=self.vocabulary, dtype=tf.int32)
        lot = fate.uniform(tf.shape(rows))
        shown = tf.where(lot < 0.8, self.vocabulary, tf.where(lot < 0.9, other, rows))
        return tf.where(chosen, shown, rows), chosen
