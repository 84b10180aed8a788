"""A conditional GAN with the relativistic pairing loss, R1 and R2, for pictures and spectrograms.

The loss pairs a real and a fake by their place in the batch (Jolicoeur-Martineau 2018; with both
penalties Huang et al. 2024, arXiv 2501.05441):

    D: mean softplus(D(fake) - D(real)) + gamma / 2 (|grad D(real)|^2 + |grad D(fake)|^2)
    G: mean softplus(D(real) - D(fake))

One pass of the discriminator serves both networks. Without batch statistics in D, the gradient of
D(fake_i) reaches fake_i alone, so G's gradient is D's times the ratio of the two losses' slopes,
-sigmoid(d) / sigmoid(-d) = -exp(d) with d = D(real_i) - D(fake_i).
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.config import TrainGanConfig
from mmcli.models import networks_io
from mmcli.models.networks_io import Network
from mmcli.training.conditions import SAME_CONDITION, ConditionTable
from mmcli.training.device_data import network_form, to_device
from mmcli.training.sampling import NoiseSampler

Array = npt.NDArray[Any]
_MAX_EXPONENT = 20.0
# With few distinct conditions the mismatch term costs diversity; it is for conditions that nearly every record has alone.
_NEARLY_UNIQUE = 0.98
_MISMATCH = 0.5


class PairingGan:
    """Generator, discriminator, their optimizers and the averaged generator.

    Args:
        modality: Whose networks to build (`image` or `audio`).
        rows: Rows of the target field `[n, ...]`.
        shape: Shape of one item in network form.
        conditions: Conditions of the same records.
        config: Options, with the modality's defaults filled in.
        extra: More arguments of the networks; none here.
    """

    def __init__(
        self, modality: str, rows: Array, shape: list[int], conditions: ConditionTable, config: TrainGanConfig, **extra: Any
    ) -> None:
        del extra
        self.config = config
        self._rows, self._table = to_device(rows), conditions
        width = conditions.values.shape[-1]
        self._conditions = to_device(conditions.values.reshape(-1, width))
        common = {"shape": list(shape), "condition": width, "width": config.width}
        self.generator = networks_io.build(f"{modality}.generator", {**common, "noise": config.noise_dim})
        self._noise_dim = self.generator.model.input["noise"].shape[-1]
        self.average = networks_io.build(f"{modality}.generator", {**common, "noise": config.noise_dim})
        self.discriminator = networks_io.build(f"{modality}.discriminator", common)
        for mean, weight in zip(self.average.model.weights, self.generator.model.weights, strict=True):
            mean.assign(weight)
        unique = conditions.distinct_share(config.seed) > _NEARLY_UNIQUE
        self.mismatch = (_MISMATCH if unique else 0.0) if config.mismatch < 0 else config.mismatch
        self._optimizers = [keras.optimizers.Adam(config.learning_rate, beta_1=0.5, beta_2=0.99) for _ in range(2)]
        self._optimizers[0].build(self.generator.model.trainable_variables)
        self._optimizers[1].build(self.discriminator.model.trainable_variables)
        self._gamma = tf.Variable(config.gamma, dtype=tf.float32, trainable=False)
        self._run_graph = tf.function(self._run, reduce_retracing=True)
        self._sampler = NoiseSampler(self.average.model)

    def networks(self) -> dict[str, Network]:
        """What the artifact keeps; `generator` is the averaged one."""
        return {"generator": self.average, "discriminator": self.discriminator}

    def variables(self) -> list[Any]:
        """Everything that a resumed run needs, in a fixed order."""
        nets = (self.generator, self.average, self.discriminator)
        return [v for net in nets for v in net.model.variables] + [v for o in self._optimizers for v in o.variables]

    def finish(self) -> dict[str, Any]:
        """Nothing to decide at the end; the weight of the mismatch term, which may come from the data."""
        return {"mismatch": self.mismatch}

    def run(self, step: int, indices: Array, share: float = 0.0) -> dict[str, float]:
        """Do `len(indices)` steps on the records `indices [S, B]`; returns mean figures.

        `share` of the budget is spent: the learning rate falls along a cosine to a twentieth and
        gamma to a tenth (cosine schedules as in arXiv 2501.05441).
        """
        fall = 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))
        for optimizer in self._optimizers:
            optimizer.learning_rate = self.config.learning_rate * (0.05 + 0.95 * fall)
        self._gamma.assign(self.config.gamma * (0.1 + 0.9 * fall))
        draw = self.config.dropout, self.config.unconditional
        subsets = [self._table.draw(self.config.seed, step + i, rows, *draw) for i, rows in enumerate(indices)]
        flat = indices * self._table.num_subsets + np.stack(subsets)
        sums = self._run_graph(tf.constant(indices, tf.int32), tf.constant(flat, tf.int32), tf.constant(step, tf.int32)).numpy()
        count = len(indices)
        penalties = max(1, sum((step + i) % self.config.penalty_interval == 0 for i in range(count)))
        return {
            "loss_g": sums[0] / count,
            "loss_d": sums[1] / count,
            "real_over_fake": sums[2] / count,
            "gradient_penalty": sums[3] / penalties,
        }

    def _run(self, indices: tf.Tensor, conditions: tf.Tensor, first_step: tf.Tensor) -> tf.Tensor:
        sums = tf.zeros(4)
        for i in tf.range(tf.shape(indices)[0]):
            step = first_step + i
            real = network_form(tf.gather(self._rows, indices[i]))
            c = tf.cast(tf.gather(self._conditions, conditions[i]), tf.float32)
            if step % self.config.penalty_interval == 0:
                sums += self._step(real, c, step, penalised=True)
            else:
                sums += self._step(real, c, step, penalised=False)
        return sums

    def _step(self, real: tf.Tensor, c: tf.Tensor, step: tf.Tensor, *, penalised: bool) -> tf.Tensor:
        key = tf.stack([tf.constant(self.config.seed % 2**31, tf.int32), step])
        z = tf.random.stateless_normal((tf.shape(real)[0], self._noise_dim), key)
        with tf.GradientTape() as tape_g:
            fake = tf.cast(self.generator.model({"noise": z, "condition": c}, training=True), tf.float32)
        both = tf.concat([real, tf.stop_gradient(fake)], 0)
        losses = self._penalised_losses if penalised else self._plain_losses
        loss_d, margin, slope, penalty, gradients_d = losses(both, tf.concat([c, c], 0))
        weights_g = self.generator.model.trainable_variables
        gradients_g = tape_g.gradient(fake, weights_g, output_gradients=slope)
        self._optimizers[1].apply(gradients_d, self.discriminator.model.trainable_variables)
        self._optimizers[0].apply(gradients_g, weights_g)
        self._average(step)
        return tf.stack([tf.reduce_mean(tf.nn.softplus(margin)), loss_d, tf.reduce_mean(tf.cast(margin > 0, tf.float32)), penalty])

    def _plain_losses(self, both: tf.Tensor, c: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(both)
            margin, mismatch = self._margin(both, c)
            loss = tf.reduce_mean(tf.nn.softplus(-margin))
            total = loss + mismatch
        weights = self.discriminator.model.trainable_variables
        *gradients, at_both = tape.gradient(total, [*weights, both])
        ratio = -tf.exp(tf.clip_by_value(margin, -_MAX_EXPONENT, _MAX_EXPONENT))
        return loss, margin, _per_item(ratio, both) * tf.split(at_both, 2)[1], tf.zeros(()), gradients

    def _penalised_losses(self, both: tf.Tensor, c: tf.Tensor) -> Any:
        weight = self._gamma * self.config.penalty_interval / 2.0
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(both)
                margin, mismatch, total_logit = self._margin(both, c, with_sum=True)
            at_both = inner.gradient(total_logit, both)
            penalty = 2.0 * tf.reduce_mean(tf.reduce_sum(tf.square(at_both), list(range(1, len(both.shape)))))
            loss = tf.reduce_mean(tf.nn.softplus(-margin))
            total = loss + mismatch + weight * penalty
        gradients = tape.gradient(total, self.discriminator.model.trainable_variables)
        slope = -tf.sigmoid(margin) / tf.cast(tf.shape(margin)[0], tf.float32)
        return loss, margin, _per_item(slope, both) * tf.split(at_both, 2)[1], penalty, gradients

    def _margin(self, both: tf.Tensor, c: tf.Tensor, with_sum: bool = False) -> Any:
        """D(real) - D(fake) `[B]`, and the loss of real items with another record's condition."""
        out = self.discriminator.model({"item": both, "condition": c}, training=True)
        scale = out["feature"].shape[-1] ** -0.5
        base = out["logit"][:, 0]
        logit = base + tf.reduce_sum(out["feature"] * out["embedded"], -1) * scale
        real, fake = tf.split(logit, 2)
        mismatch = tf.zeros(())
        if self.mismatch > 0:
            feature, embedded, own = (tf.split(v, 2)[0] for v in (out["feature"], out["embedded"], c))
            wrong = tf.split(base, 2)[0] + tf.reduce_sum(feature * tf.roll(embedded, 1, 0), -1) * scale
            differs = tf.cast(_cosine(own, tf.roll(own, 1, 0)) < SAME_CONDITION, tf.float32)
            mismatch = self.mismatch * tf.reduce_mean(differs * tf.nn.softplus(wrong - real))
        return (real - fake, mismatch, tf.reduce_sum(logit)) if with_sum else (real - fake, mismatch)

    def _average(self, step: tf.Tensor) -> None:
        """Average the weights; the decay is warmed up so that the first samples are not initial noise."""
        n = tf.cast(step, tf.float32)
        rate = 1.0 - tf.minimum(self.config.ema_decay, (1.0 + n) / (10.0 + n))
        for mean, weight in zip(self.average.model.weights, self.generator.model.weights, strict=True):
            mean.assign_add(rate * (tf.cast(weight, mean.dtype) - mean))

    def sample(self, conditions: Array, seeds: list[int]) -> Array:
        """Make one item per condition `[n, D]`, each from its own seed; network form, float32."""
        return self._sampler.sample(conditions, seeds)


def _per_item(values: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    return tf.reshape(values, (-1, *([1] * (len(like.shape) - 1))))


def _cosine(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.math.l2_normalize(a, 1) * tf.math.l2_normalize(b, 1), 1)
