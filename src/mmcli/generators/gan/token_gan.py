"""A conditional GAN for rows of token ids: a recurrent language model, then adversarial steps that are kept only if they do no harm.

Text is discrete, and independent replications find maximum likelihood (MLE) hard to beat (Caccia
et al. 2018, arXiv 1811.02549). So most of the budget is MLE; then a convolutional discriminator is
trained and the generator follows it by straight-through Gumbel-softmax, with the MLE term kept. If
that costs more than `_MAX_NLL_RISE` nat per token on held-out text, it is rolled back.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.streams import Purpose
from mmcli.generators.base import TrainingData
from mmcli.generators.gan.options import GanConfig
from mmcli.generators.gan.token_math import negative_log_likelihood, straight_through
from mmcli.generators.gan.token_sampler import TokenSampler, sample_ids
from mmcli.nn import networks_io
from mmcli.nn.chunks import in_chunks
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.training.averages import average_into, copy_into
from mmcli.training.device_data import to_device
from mmcli.training.trainer import ScoredBySamples

Array = npt.NDArray[Any]
_NLL_CHUNK = 64
_MAX_NLL_RISE = 0.005
_EMBEDDING_NORM = 3.0  # at norm 1 the discriminator never learns
_ADVERSARIAL_RATE = 3e-4
_CRITIC_FRACTION = 0.4  # of the adversarial phase, for the discriminator only


class TokenGan(ScoredBySamples):
    """Language model, discriminator, their optimizers and the averaged language model.

    Args:
        data: Training data; rows have an end token and padding.
        builders: Names of the builders of generator and discriminator.
        vocabulary: Number of ids.
        config: Resolved options.
    """

    best = None  # the last one is kept

    def __init__(self, data: TrainingData, builders: tuple[str, str], vocabulary: int, config: GanConfig) -> None:
        self.config, self._given = config, data.given
        self._first_rate, self._gamma = config.figures
        self._held_out = data.held_out_rows, data.held_out.full(np.arange(len(data.held_out)))
        self._rows, shape, width = to_device(data.rows), list(data.codec.network_shape), data.given.width
        recipe = {"shape": shape, "vocabulary": vocabulary, "condition": width, "width": config.width}
        self.generator, self.average = (networks_io.build(builders[0], recipe) for _ in range(2))
        copy_into(self.average.model.weights, self.generator.model.weights)
        embedding = self.generator.model.get_layer("words").output.shape[-1]
        critic = {"shape": shape, "embedding": embedding, "condition": width, "width": config.width}
        self.discriminator = networks_io.build(builders[1], critic)
        self._table_for_critic = tf.Variable(tf.zeros((vocabulary, embedding)), trainable=False)
        self._before = [tf.Variable(w, trainable=False) for w in self.average.model.weights]
        self._nll_before = tf.Variable(-1.0, trainable=False)
        self._mle = keras.optimizers.Adam(self._first_rate, global_clipnorm=5.0)
        self._generator_optimizer = keras.optimizers.Adam(_ADVERSARIAL_RATE, beta_1=0.5)
        self._critic = keras.optimizers.Adam(_ADVERSARIAL_RATE, beta_1=0.5, beta_2=0.99)
        for optimizer, net in (
            (self._mle, self.generator),
            (self._generator_optimizer, self.generator),
            (self._critic, self.discriminator),
        ):
            optimizer.build(net.model.trainable_variables)
        self._mle_graph, self._critic_graph = graph(self._mle_step), graph(self._critic_step, loops=True)
        self._adversarial_graph = graph(self._adversarial_step, loops=True)
        self._sampler = TokenSampler(self.average.model, shape[0])
        self.graph_seconds = 0.0  # not measured
        self._nll_graph = graph(lambda ids, c: negative_log_likelihood(self.average.model, ids, c))

    def networks(self) -> dict[str, Network]:
        """Networks to store; `generator` is the averaged one."""
        return {"generator": self.average, "discriminator": self.discriminator}

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        nets = (self.generator, self.average, self.discriminator)
        optimizers = (self._mle, self._generator_optimizer, self._critic)
        own = [self._table_for_critic, self._nll_before, *self._before]
        return [v for net in nets for v in net.model.variables] + [v for o in optimizers for v in o.variables] + own

    def starting_networks(self) -> dict[str, list[Network]]:
        """Networks that can be initialised from another GAN, by their names there."""
        return {"generator": [self.average, self.generator], "discriminator": [self.discriminator]}

    def slow_down(self) -> float:
        """Halve the learning rates; returns the current fraction of the original rate."""
        for optimizer in (self._mle, self._generator_optimizer, self._critic):
            optimizer.learning_rate = float(optimizer.learning_rate) / 2.0
        return float(self._mle.learning_rate) / self._first_rate

    def run(self, step: int, indices: Array, fraction: float = 0.0) -> dict[str, float]:
        """Train `len(indices)` steps on the records `indices [S, B]`; `fraction` is the spent fraction of the budget."""
        figures: dict[str, float] = {}
        turn = 1.0 - self.config.adversarial
        context = self._given.draw(self.config.seed, step, indices, self.config.field_dropout, self.config.unconditional or 0.0)
        for i, (rows, conditions) in enumerate(zip(indices, context.rows(), strict=True)):
            batch = (tf.constant(rows, tf.int32), tf.constant(conditions), tf.constant(step + i, tf.int32))
            if fraction < turn:
                figures = {"nll": float(self._mle_graph(*batch))}
            elif fraction < turn + self.config.adversarial * _CRITIC_FRACTION:
                self._begin_adversarial()
                figures = dict(zip(("loss_d", "real_over_fake"), map(float, self._critic_graph(*batch)), strict=True))
            else:
                self._begin_adversarial()
                figures = dict(zip(("loss_d", "real_over_fake"), map(float, self._critic_graph(*batch)), strict=True))
                figures |= dict(zip(("nll", "loss_g"), map(float, self._adversarial_graph(*batch)), strict=True))
        return figures

    def held_out_nll(self) -> float:
        """Mean negative log-likelihood in nat per token of the averaged model on held-out text; NaN without any."""
        ids, conditions = self._held_out
        if not len(ids):
            return float("nan")
        sums, counts = in_chunks(lambda i, c: self._nll_graph(tf.constant(i, tf.int32), tf.constant(c)), (ids, conditions), _NLL_CHUNK)
        return float(sums.sum() / counts.sum())

    def finish(self) -> dict[str, Any]:
        """Keep the adversarial steps or roll them back; returns entries of the summary."""
        nll, before = self.held_out_nll(), float(self._nll_before)
        if before < 0:
            return {"critic": self.config.critic, "nll": nll}
        kept = not nll > before + _MAX_NLL_RISE
        if not kept:
            copy_into(self.average.model.weights, self._before)
        found = {"critic": self.config.critic, "nll": nll if kept else before}
        return {**found, "nll_mle": before, "nll_adversarial": nll, "adversarial_kept": kept}

    def _begin_adversarial(self) -> None:
        """Once: store the MLE model and freeze its normalised word vectors for the discriminator."""
        if float(self._nll_before) >= 0:
            return
        copy_into(self._before, self.average.model.weights)
        nll = self.held_out_nll()
        self._nll_before.assign(nll if np.isfinite(nll) else 0.0)
        words = self.average.model.get_layer("words").embeddings
        unit = tf.math.l2_normalize(tf.cast(words, tf.float32), 1) * _EMBEDDING_NORM
        self._table_for_critic.assign(unit * tf.concat([tf.zeros((1, 1)), tf.ones((unit.shape[0] - 1, 1))], 0))

    def _batch(self, rows: tf.Tensor, conditions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(self._rows, rows), tf.cast(conditions, tf.float32)

    def _mle_step(self, rows: tf.Tensor, conditions: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        ids, c = self._batch(rows, conditions)
        weights = self.generator.model.trainable_variables
        with tf.GradientTape() as tape:
            sums, counts = negative_log_likelihood(self.generator.model, ids, c)
            loss = tf.reduce_sum(sums) / tf.reduce_sum(counts)
        self._mle.apply(tape.gradient(loss, weights), weights)
        self._average(step)
        return loss

    def _critic_step(self, rows: tf.Tensor, conditions: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ids, c = self._batch(rows, conditions)
        fake_ids = sample_ids(self.generator.model, c, self._uniform(ids, step))
        real, fake = tf.gather(self._table_for_critic, ids), tf.gather(self._table_for_critic, fake_ids)
        weights = self.discriminator.model.trainable_variables
        both = tf.concat([real, fake], 0)
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(both)
                logit = self._judge(both, tf.concat([c, c], 0))
                total = tf.reduce_sum(logit)
            penalty = 2.0 * tf.reduce_mean(tf.reduce_sum(tf.square(inner.gradient(total, both)), [1, 2]))
            d_real, d_fake = tf.split(logit, 2)
            pairing = tf.reduce_mean(tf.nn.softplus(d_fake - d_real))
            loss = pairing + self._gamma / 2.0 * penalty
        self._critic.apply(tape.gradient(loss, weights), weights)
        return pairing, tf.reduce_mean(tf.cast(d_real > d_fake, tf.float32))

    def _adversarial_step(self, rows: tf.Tensor, conditions: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """MLE gradient plus the adversarial one, rescaled to the same norm."""
        ids, c = self._batch(rows, conditions)
        fake_ids = sample_ids(self.generator.model, c, self._uniform(ids, step))
        d_real = self._judge(tf.gather(self._table_for_critic, ids), c)
        weights = self.generator.model.trainable_variables
        with tf.GradientTape() as tape_mle:
            sums, counts = negative_log_likelihood(self.generator.model, ids, c)
            nll = tf.reduce_sum(sums) / tf.reduce_sum(counts)
        with tf.GradientTape() as tape:
            soft = straight_through(self.generator.model, fake_ids, c, Draws(self.config.seed, Purpose.GAN_GUMBEL, step))
            loss = tf.reduce_mean(tf.nn.softplus(d_real - self._judge(tf.matmul(soft, self._table_for_critic), c)))
        likelihood = tape_mle.gradient(nll, weights)
        adversarial = tape.gradient(loss, weights)
        ratio = tf.linalg.global_norm(likelihood) / (tf.linalg.global_norm(adversarial) + 1e-8)
        self._generator_optimizer.apply(
            [tf.convert_to_tensor(a) + ratio * tf.convert_to_tensor(b) for a, b in zip(likelihood, adversarial, strict=True)], weights
        )
        self._average(step)
        return nll, loss

    def _judge(self, item: tf.Tensor, c: tf.Tensor) -> tf.Tensor:
        out = self.discriminator.model({"item": item, "condition": c}, training=True)
        return out["logit"][:, 0] + tf.reduce_sum(out["feature"] * out["embedded"], -1) * out["feature"].shape[-1] ** -0.5

    def _uniform(self, ids: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        return Draws(self.config.seed, Purpose.GAN_WORD_CHOICE, step).uniform(tf.shape(ids))

    def _average(self, step: tf.Tensor) -> None:
        decay = tf.constant(min(self.config.ema_decay, 0.98), tf.float32)
        average_into(self.average.model.weights, self.generator.model.weights, decay, step, 1)

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Generate one text per condition `[n, D]`, each from its own seed: ids `[n, T]`."""
        return self._sampler.sample(conditions, seeds)
