"""A conditional GAN for continuous items such as images and spectrograms: adversarial loss, R1 and R2, mismatched conditions.

With the relativistic pairing loss and both penalties it is that of Huang et al. (2024), arXiv 2501.05441:

    D: mean softplus(D(fake) - D(real)) + gamma / 2 (|grad D(real)|^2 + |grad D(fake)|^2)
    G: mean softplus(D(real) - D(fake))

One pass of the discriminator serves both networks, see `critic_pass`.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.streams import Purpose
from mmcli.generators.base import TrainingData
from mmcli.generators.gan import schedule as gan_schedule
from mmcli.generators.gan.critic_pass import CriticPass
from mmcli.generators.gan.diff_augment import AdaptiveProbability, DiffAugment
from mmcli.generators.gan.losses import LOSSES
from mmcli.generators.gan.noise_sampler import NoiseSampler
from mmcli.generators.gan.options import GanConfig
from mmcli.generators.gan.replicas import Replicas
from mmcli.modalities import registry
from mmcli.nn import networks_io
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.training import compiled
from mmcli.training.averages import BestWeights, average_into, copy_into
from mmcli.training.device_data import to_device
from mmcli.training.fused_adam import FusedAdam
from mmcli.training.trainer import ScoredBySamples

Array = npt.NDArray[Any]
# With few distinct conditions the mismatch term costs diversity; it is for nearly unique conditions.
_NEARLY_UNIQUE = 0.98
_MISMATCH = 0.5
# With nearly unique conditions, a generator trained only on those points fails to generalise to others.
_CONDITION_NOISE = 0.5
_AVERAGE_EVERY = 4  # steps; averaging needs little arithmetic but many operations
_FIGURES = ("loss_g", "loss_d", "real_over_fake", "grad_g", "grad_d", "gradient_penalty")


class PairingGan(ScoredBySamples):
    """Generator, discriminator, their optimizers and the averaged generator.

    Args:
        data: Training data.
        builders: Names of the builders of generator and discriminator.
        config: Resolved options.
    """

    def __init__(self, data: TrainingData, builders: tuple[str, str], config: GanConfig) -> None:
        self.config = config
        self._first_rate, self._first_gamma = config.figures
        self._rows, self._given = to_device(data.rows), data.given
        self._network_form = registry.find(data.target.modality).to_network
        shape = list(data.codec.network_shape)
        self.generator, self.average, self.discriminator = _networks(builders, shape, data.given.width, config)
        self._noise_dim = self.generator.model.input["noise"].shape[-1]
        self._schedule = gan_schedule.schedule_of(config.preset, shape)
        unique = data.given.distinct_fraction(config.seed) > _NEARLY_UNIQUE
        self.condition_noise = (_CONDITION_NOISE if unique else 0.0) if config.condition_noise is None else config.condition_noise
        self._optimizers = [FusedAdam(n.model.trainable_variables, self._schedule.beta_1) for n in (self.generator, self.discriminator)]
        self._rate_scale = tf.Variable(1.0, dtype=tf.float32, trainable=False)
        self._replicas = Replicas()
        on_gpu = bool(tf.config.list_physical_devices("GPU"))
        self._critic = CriticPass(
            discriminator=self.discriminator.model,
            loss=LOSSES[config.loss],
            interval=config.penalty_interval or 1,
            mismatch=(_MISMATCH if unique else 0.0) if config.mismatch is None else config.mismatch,
            changes=DiffAugment(config.augment, config.seed),
            changes_p=AdaptiveProbability(config.augment_p, len(data.rows), config.batch_size or 1),
            replicas=self._replicas,
            passes=1 if on_gpu else 2,
        )
        self.best = BestWeights(self.average.model)
        self._run_graph, self._other_graph = compiled.graph_of(self._run, config.xla, on_gpu=on_gpu)
        self._spread_graph = graph(self._spread)
        self._sampler = NoiseSampler(self.average.model)
        self.graph_seconds = self.xla_gain = 0.0

    def networks(self) -> dict[str, Network]:
        """Networks to store: `generator` is the averaged one; if an earlier one was better, that and the last one."""
        last = {"generator.last": self.generator} if self.best.restored else {}
        return {"generator": self.average, **last, "discriminator": self.discriminator}

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        nets = (self.generator, self.average, self.discriminator)
        own = [self._rate_scale, *self._critic.changes_p.variables, *self.best.variables]
        return [v for net in nets for v in net.model.variables] + [v for o in self._optimizers for v in o.variables] + own

    def starting_networks(self) -> dict[str, list[Network]]:
        """Networks that can be initialised from another GAN, by their names there."""
        return {"generator": [self.average, self.generator], "discriminator": [self.discriminator]}

    def slow_down(self) -> float:
        """Halve the learning rate after a rollback; returns its current fraction of the original."""
        self._rate_scale.assign(self._rate_scale / 2.0)
        return float(self._rate_scale.numpy())

    def finish(self) -> dict[str, Any]:
        """Choose between the best and the last averaged generator; returns entries of the summary."""
        facts: dict[str, Any] = {"preset": self.config.preset, "mismatch": self._critic.mismatch, "condition_noise": self.condition_noise}
        facts |= {"xla_gain": round(self.xla_gain, 2)} if self.xla_gain else {}
        if self.best.score is not None:
            if self.best.clearly_better():
                copy_into(self.generator.model.weights, self.average.model.weights)
                self.best.restore()
            facts |= self.best.facts()
        changes = self._critic.changes.kinds
        if changes:
            facts |= {"augment": list(changes), "augment_p": round(float(self._critic.changes_p.p.numpy()), 4)}
        return facts

    def run(self, step: int, indices: Array, fraction: float = 0.0) -> dict[str, float]:
        """Train `len(indices)` steps on the records `indices [S, B]`; returns mean metrics.

        `fraction` is the spent fraction of the budget, on which the schedules of rate, gamma etc. depend.
        """
        images = step * indices.shape[1] / fraction if fraction > 0 else np.inf
        point = self._schedule.at(fraction, images, indices.shape[1], self.config.ema_decay)
        rate, gamma = self._first_rate * point.rate, self._first_gamma * point.gamma
        context = self._given.draw(self.config.seed, step, indices, self.config.field_dropout, self.config.unconditional or 0.0)
        now = tf.constant([rate, gamma, point.beta_2, point.ema_decay], tf.float32)
        arguments = (tf.constant(indices, tf.int32), tf.constant(context.rows()), tf.constant(step, tf.int32), now)
        if self._other_graph is not None and not self._replicas.several:
            self._run_graph, self.xla_gain = compiled.faster(self._run_graph, self._other_graph, arguments, self.variables())
            self._other_graph = None
        begin = time.perf_counter()
        sums = (self._run_spread(*arguments) if self._replicas.several else self._run_graph(*arguments)).numpy()
        self.graph_seconds += time.perf_counter() - begin
        counts = np.full(len(_FIGURES), float(len(indices)))
        counts[-1] = max(1, sum((step + i) % self._critic.interval == 0 for i in range(len(indices))))
        figures = dict(zip(_FIGURES, (sums / counts).tolist(), strict=True))
        return figures | ({"augment_p": float(self._critic.changes_p.p.numpy())} if self._critic.changes.kinds else {})

    def _run(self, indices: tf.Tensor, conditions: tf.Tensor, first_step: tf.Tensor, now: tf.Tensor) -> tf.Tensor:
        sums = tf.zeros(len(_FIGURES))
        for i in tf.range(tf.shape(indices)[0]):
            step = first_step + i
            real = self._network_form(tf.gather(self._rows, indices[i]))
            c = tf.cast(conditions[i], tf.float32)
            if self._critic.interval == 1 or step % self._critic.interval == 0:
                sums += self._step(real, c, step, now, penalised=True)
            else:
                sums += self._step(real, c, step, now, penalised=False)
            if step % _AVERAGE_EVERY == 0:
                average_into(self.average.model.weights, self.generator.model.weights, now[3], step, _AVERAGE_EVERY)
        return sums

    def _run_spread(self, indices: tf.Tensor, conditions: tf.Tensor, first_step: tf.Tensor, now: tf.Tensor) -> tf.Tensor:
        """The same on several devices; their gradients are reduced, which is not possible in a loop inside a graph."""
        sums = tf.zeros(len(_FIGURES))
        for i in range(len(indices)):
            step = first_step + i
            penalised, averaged = int(step) % self._critic.interval == 0, int(step) % _AVERAGE_EVERY == 0
            sums += self._spread_graph(indices[i], conditions[i], step, now, penalised, averaged)
        return sums

    def _spread(
        self, rows: tf.Tensor, conditions: tf.Tensor, step: tf.Tensor, now: tf.Tensor, penalised: bool, averaged: bool
    ) -> tf.Tensor:
        def on_one_device() -> tf.Tensor:
            real = self._network_form(tf.gather(self._rows, self._replicas.share(rows)))
            c = tf.cast(self._replicas.share(conditions), tf.float32)
            return self._step(real, c, step, now, penalised=penalised)

        figures = self._replicas.mean(on_one_device)
        if averaged:
            average_into(self.average.model.weights, self.generator.model.weights, now[3], step, _AVERAGE_EVERY)
        return figures

    def _step(self, real: tf.Tensor, c: tf.Tensor, step: tf.Tensor, now: tf.Tensor, *, penalised: bool) -> tf.Tensor:
        c = self._noisy(c, step)
        shape = (self._replicas.batch(real), self._noise_dim)
        z = self._replicas.share(Draws(self.config.seed, Purpose.GAN_NOISE, step).normal(shape))
        with tf.GradientTape() as tape_g:
            fake = tf.cast(self.generator.model({"noise": z, "condition": c}, training=True), tf.float32)
        both = tf.concat([real, tf.stop_gradient(fake)], 0)
        critic = self._critic.penalised if penalised else self._critic.plain
        real_logit, fake_logit, at_fake, penalty, gradients_d = critic(both, tf.concat([c, c], 0), step, now[1])
        gradients_g = tape_g.gradient(fake, self.generator.model.trainable_variables, output_gradients=at_fake)
        gradients_g, gradients_d = self._replicas.together(gradients_g), self._replicas.together(gradients_d)
        rate = now[0] * self._rate_scale
        self._optimizers[1].apply(gradients_d, rate, now[2])
        self._optimizers[0].apply(gradients_g, rate, now[2])
        loss = self._critic.loss
        self._critic.changes_p.update(tf.reduce_mean(tf.sign(loss.sign(real_logit, fake_logit))), step)
        return tf.stack(
            [
                tf.reduce_mean(loss.generator(real_logit, fake_logit)),
                tf.reduce_mean(loss.critic(real_logit, fake_logit)),
                tf.reduce_mean(tf.cast(real_logit > fake_logit, tf.float32)),
                tf.linalg.global_norm(gradients_g),
                tf.linalg.global_norm(gradients_d),
                penalty,
            ]
        )

    def _noisy(self, c: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Conditions `[B, D]` with Gaussian noise of `condition_noise` times their own root mean square; zeros stay zeros."""
        if not self.condition_noise:
            return c
        shape = (self._replicas.batch(c), c.shape[-1])
        noise = self._replicas.share(Draws(self.config.seed, Purpose.GAN_CONDITION_NOISE, step).normal(shape))
        return c + self.condition_noise * tf.sqrt(tf.reduce_mean(tf.square(c), 1, keepdims=True)) * noise

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Generate one item per condition `[n, D]`, each from its own seed; network form, float32."""
        return self._sampler.sample(conditions, seeds)


def _networks(builders: tuple[str, str], shape: list[int], condition: int, config: GanConfig) -> tuple[Network, Network, Network]:
    """Generator, averaged generator and discriminator; with the lower layers of the discriminator frozen according to the options."""
    common: dict[str, Any] = {"shape": shape, "condition": condition, "width": config.width}
    if config.depth:
        common["depth"] = config.depth
    generator, average = (networks_io.build(builders[0], {**common, "noise": config.noise_dim}) for _ in range(2))
    discriminator = networks_io.build(builders[1], common)
    copy_into(average.model.weights, generator.model.weights)
    layers = [layer for layer in discriminator.model.layers if layer.weights]
    for layer in layers[: config.freeze_layers]:
        layer.trainable = False
    return generator, average, discriminator
