"""A conditional GAN for pictures and spectrograms: adversarial loss, R1 and R2, mismatched conditions.

With the relativistic pairing loss and both penalties it is that of Huang et al. (2024), arXiv 2501.05441:

    D: mean softplus(D(fake) - D(real)) + gamma / 2 (|grad D(real)|^2 + |grad D(fake)|^2)
    G: mean softplus(D(real) - D(fake))

One pass of the discriminator serves both networks, see `gan_losses`. Loss and penalties are those
of changed items where there is augmentation; the gradients go back to the items before the change.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.table import SAME_CONDITION, ConditionTable
from mmcli.core.streams import Purpose
from mmcli.generators.gan import schedule as gan_schedule
from mmcli.generators.gan.diff_augment import AdaptiveProbability, DiffAugment
from mmcli.generators.gan.losses import LOSSES, cosine, per_item
from mmcli.generators.gan.options import GanConfig
from mmcli.generators.gan.sampling import NoiseSampler
from mmcli.nn import networks_io
from mmcli.nn.draws import Draws
from mmcli.nn.networks_io import Network
from mmcli.training import compiled
from mmcli.training.averages import BestWeights, average_into, copy_into
from mmcli.training.device_data import network_form, to_device
from mmcli.training.fused_adam import FusedAdam

Array = npt.NDArray[Any]
# With few distinct conditions the mismatch term costs diversity; it is for conditions that nearly every record has alone.
_NEARLY_UNIQUE = 0.98
_MISMATCH = 0.5
# Where nearly every record has its own condition, a generator that only knows those few points fails beside them.
_BLUR = 0.5
_AVERAGE_EVERY = 4  # steps; averaging is cheap in arithmetic but not in the number of operations
_FIGURES = ("loss_g", "loss_d", "real_over_fake", "grad_g", "grad_d", "gradient_penalty")


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

    def __init__(self, modality: str, rows: Array, shape: list[int], conditions: ConditionTable, config: GanConfig, **extra: Any) -> None:
        del extra
        self.config = config
        self._rows, self._table = to_device(rows), conditions
        width = conditions.values.shape[-1]
        self._conditions = to_device(conditions.values.reshape(-1, width))
        self._build(modality, shape, width)
        self._schedule = gan_schedule.schedule_of(config.preset, shape)
        self._loss, self._interval = LOSSES[config.loss], max(1, config.penalty_interval)
        unique = conditions.distinct_share(config.seed) > _NEARLY_UNIQUE
        self.mismatch = (_MISMATCH if unique else 0.0) if config.mismatch < 0 else config.mismatch
        self.blur = (_BLUR if unique else 0.0) if config.blur < 0 else config.blur
        self._optimizers = [FusedAdam(n.model.trainable_variables, self._schedule.beta_1) for n in (self.generator, self.discriminator)]
        self._rate_scale = tf.Variable(1.0, dtype=tf.float32, trainable=False)
        self._changes = DiffAugment(config.augment, config.seed)
        self._changes_p = AdaptiveProbability(config.augment_p, len(rows), config.batch_size)
        self.best = BestWeights(self.average.model)
        self._strategy = tf.distribute.get_strategy() if tf.distribute.has_strategy() else None
        on_gpu = bool(tf.config.list_physical_devices("GPU"))
        self._run_graph, self._other_graph = compiled.graph_of(self._run, config.xla, on_gpu=on_gpu)
        self._spread_graph = tf.function(self._spread)
        self._sampler = NoiseSampler(self.average.model)
        self._passes = 1 if on_gpu else 2
        self.graph_seconds = self.xla_gain = 0.0

    def _build(self, modality: str, shape: list[int], condition: int) -> None:
        config, suffix = self.config, ".r3gan" if self.config.preset == "r3gan" else ""
        common: dict[str, Any] = {"shape": list(shape), "condition": condition, "width": config.width}
        if suffix:
            common["depth"] = config.depth
        for name in ("generator", "average"):
            setattr(self, name, networks_io.build(f"{modality}.generator{suffix}", {**common, "noise": config.noise_dim}))
        self.discriminator = networks_io.build(f"{modality}.discriminator{suffix}", common)
        self._noise_dim = self.generator.model.input["noise"].shape[-1]
        copy_into(self.average.model.weights, self.generator.model.weights)
        layers = [layer for layer in self.discriminator.model.layers if layer.weights]
        for layer in layers[: config.freeze_layers]:
            layer.trainable = False

    generator: Network
    average: Network

    def networks(self) -> dict[str, Network]:
        """What the artifact keeps: `generator` is the averaged one; where an earlier one was better, that and the last."""
        last = {"generator.last": self.generator} if self.best.restored else {}
        return {"generator": self.average, **last, "discriminator": self.discriminator}

    def variables(self) -> list[Any]:
        """Everything that a resumed run needs, in a fixed order."""
        nets = (self.generator, self.average, self.discriminator)
        own = [self._rate_scale, *self._changes_p.variables, *self.best.variables]
        return [v for net in nets for v in net.model.variables] + [v for o in self._optimizers for v in o.variables] + own

    def slow_down(self) -> float:
        """Halve the learning rate from here on, after a roll-back; returns what is left of it."""
        self._rate_scale.assign(self._rate_scale / 2.0)
        return float(self._rate_scale.numpy())

    def finish(self) -> dict[str, Any]:
        """Choose between the best and the last averaged generator; facts for the summary."""
        facts: dict[str, Any] = {"mismatch": self.mismatch, "blur": self.blur}
        facts |= {"xla_gain": round(self.xla_gain, 2)} if self.xla_gain else {}
        if self.best.score is not None:
            if self.best.clearly_better():
                copy_into(self.generator.model.weights, self.average.model.weights)
                self.best.restore()
            facts |= self.best.facts()
        if self._changes.kinds:
            facts |= {"augment": list(self._changes.kinds), "augment_p": round(float(self._changes_p.p.numpy()), 4)}
        return facts

    def run(self, step: int, indices: Array, share: float = 0.0) -> dict[str, float]:
        """Do `len(indices)` steps on the records `indices [S, B]`; returns mean figures.

        `share` of the budget is spent: rate, gamma and the like change along cosines.
        """
        images = step * indices.shape[1] / share if share > 0 else np.inf
        point = self._schedule.at(share, images, indices.shape[1], self.config.ema_decay)
        rate, gamma = self.config.learning_rate * point.rate, self.config.gamma * point.gamma
        draw = self.config.dropout, self.config.unconditional
        subsets = [self._table.draw(self.config.seed, step + i, rows, *draw) for i, rows in enumerate(indices)]
        flat = indices * self._table.num_subsets + np.stack(subsets)
        now = tf.constant([rate, gamma, point.beta_2, point.ema_decay], tf.float32)
        arguments = (tf.constant(indices, tf.int32), tf.constant(flat, tf.int32), tf.constant(step, tf.int32), now)
        if self._other_graph is not None and self._strategy is None:
            self._run_graph, self.xla_gain = compiled.faster(self._run_graph, self._other_graph, arguments, self.variables())
            self._other_graph = None
        begin = time.perf_counter()
        sums = (self._run_graph(*arguments) if self._strategy is None else self._run_spread(*arguments)).numpy()
        self.graph_seconds += time.perf_counter() - begin
        counts = np.full(len(_FIGURES), float(len(indices)))
        counts[-1] = max(1, sum((step + i) % self._interval == 0 for i in range(len(indices))))
        figures = dict(zip(_FIGURES, (sums / counts).tolist(), strict=True))
        return figures | ({"augment_p": float(self._changes_p.p.numpy())} if self._changes.kinds else {})

    def _run(self, indices: tf.Tensor, conditions: tf.Tensor, first_step: tf.Tensor, now: tf.Tensor) -> tf.Tensor:
        sums = tf.zeros(len(_FIGURES))
        for i in tf.range(tf.shape(indices)[0]):
            step = first_step + i
            real = network_form(tf.gather(self._rows, indices[i]))
            c = tf.cast(tf.gather(self._conditions, conditions[i]), tf.float32)
            if self._interval == 1 or step % self._interval == 0:
                sums += self._step(real, c, step, now, penalised=True)
            else:
                sums += self._step(real, c, step, now, penalised=False)
            if step % _AVERAGE_EVERY == 0:
                average_into(self.average.model.weights, self.generator.model.weights, now[3], step, _AVERAGE_EVERY)
        return sums

    def _run_spread(self, indices: tf.Tensor, conditions: tf.Tensor, first_step: tf.Tensor, now: tf.Tensor) -> tf.Tensor:
        """The same on several devices; gradients meet between devices, which no loop inside a graph allows."""
        sums = tf.zeros(len(_FIGURES))
        for i in range(len(indices)):
            step = first_step + i
            penalised, averaged = int(step) % self._interval == 0, int(step) % _AVERAGE_EVERY == 0
            sums += self._spread_graph(indices[i], conditions[i], step, now, penalised, averaged)
        return sums

    def _spread(
        self, rows: tf.Tensor, conditions: tf.Tensor, step: tf.Tensor, now: tf.Tensor, penalised: bool, averaged: bool
    ) -> tf.Tensor:
        strategy = tf.distribute.get_strategy() if self._strategy is None else self._strategy

        def on_one_device() -> tf.Tensor:
            real = network_form(tf.gather(self._rows, self._share(rows)))
            c = tf.cast(tf.gather(self._conditions, self._share(conditions)), tf.float32)
            return self._step(real, c, step, now, penalised=penalised)

        figures = strategy.reduce(tf.distribute.ReduceOp.MEAN, strategy.run(on_one_device), axis=None)
        if averaged:
            average_into(self.average.model.weights, self.generator.model.weights, now[3], step, _AVERAGE_EVERY)
        return figures

    def _batch(self, items: tf.Tensor) -> Any:
        """How many items all devices have together."""
        return tf.shape(items)[0] * (self._strategy.num_replicas_in_sync if self._strategy is not None else 1)

    def _share(self, values: tf.Tensor) -> tf.Tensor:
        """The rows of a batch that fall to this device; all of them where there is one."""
        if self._strategy is None:
            return values
        context = tf.distribute.get_replica_context()
        shares = tf.reshape(values, tf.concat([[context.num_replicas_in_sync, -1], tf.shape(values)[1:]], 0))
        return tf.ensure_shape(shares[context.replica_id_in_sync_group], [None, *values.shape[1:]])

    def _together(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Mean gradients over all devices."""
        if self._strategy is None:
            return gradients
        found: list[tf.Tensor] = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
        return found

    def _step(self, real: tf.Tensor, c: tf.Tensor, step: tf.Tensor, now: tf.Tensor, *, penalised: bool) -> tf.Tensor:
        c = self._blurred(c, step)
        z = self._share(Draws(self.config.seed, Purpose.GAN_NOISE, step).normal((self._batch(real), self._noise_dim)))
        with tf.GradientTape() as tape_g:
            fake = tf.cast(self.generator.model({"noise": z, "condition": c}, training=True), tf.float32)
        both = tf.concat([real, tf.stop_gradient(fake)], 0)
        critic = self._penalised if penalised else self._plain
        real_logit, fake_logit, at_fake, penalty, gradients_d = critic(both, tf.concat([c, c], 0), step, now[1])
        gradients_g = tape_g.gradient(fake, self.generator.model.trainable_variables, output_gradients=at_fake)
        gradients_g, gradients_d = self._together(gradients_g), self._together(gradients_d)
        rate = now[0] * self._rate_scale
        self._optimizers[1].apply(gradients_d, rate, now[2])
        self._optimizers[0].apply(gradients_g, rate, now[2])
        self._changes_p.update(tf.reduce_mean(tf.sign(self._loss.sign(real_logit, fake_logit))), step)
        return tf.stack(
            [
                tf.reduce_mean(self._loss.generator(real_logit, fake_logit)),
                tf.reduce_mean(self._loss.critic(real_logit, fake_logit)),
                tf.reduce_mean(tf.cast(real_logit > fake_logit, tf.float32)),
                tf.linalg.global_norm(gradients_g),
                tf.linalg.global_norm(gradients_d),
                penalty,
            ]
        )

    def _blurred(self, c: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Conditions `[B, D]` with normal noise of `blur` times their own root mean square; none stays none."""
        if not self.blur:
            return c
        noise = self._share(Draws(self.config.seed, Purpose.GAN_CONDITION_NOISE, step).normal((self._batch(c), c.shape[-1])))
        return c + self.blur * tf.sqrt(tf.reduce_mean(tf.square(c), 1, keepdims=True)) * noise

    def _plain(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor, gamma: tf.Tensor) -> Any:
        """Logits, G's gradient at the fakes, no penalty, and D's gradients."""
        del gamma
        if self._loss.ratio is None:
            return self._penalised(both, c, step, tf.constant(0.0), with_penalty=False)
        with tf.GradientTape() as tape:
            tape.watch(both)
            real, fake, mismatch = self._logits(both, c, step)
            total = tf.reduce_mean(self._loss.critic(real, fake)) + mismatch
        *gradients, at_both = tape.gradient(total, [*self.discriminator.model.trainable_variables, both])
        at_fake = per_item(self._loss.ratio(real, fake), both) * tf.split(at_both, 2)[1]
        return real, fake, at_fake, tf.zeros(()), gradients

    def _penalised(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor, gamma: tf.Tensor, with_penalty: bool = True) -> Any:
        """The same with both penalties."""
        penalty = tf.zeros(())
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(both)
                real, fake, mismatch = self._logits(both, c, step)
                logits = tf.reduce_sum(real) + tf.reduce_sum(fake)
            if with_penalty:
                at_both = inner.gradient(logits, both)
                penalty = 2.0 * tf.reduce_mean(tf.reduce_sum(tf.square(at_both), list(range(1, len(both.shape)))))
            total = tf.reduce_mean(self._loss.critic(real, fake)) + mismatch + gamma * self._interval / 2.0 * penalty
        if not with_penalty:
            at_both = inner.gradient(logits, both)
        gradients = tape.gradient(total, self.discriminator.model.trainable_variables)
        slope = self._loss.slope(real, fake) / tf.cast(tf.shape(real)[0], tf.float32)
        return real, fake, per_item(slope, both) * tf.split(at_both, 2)[1], penalty, gradients

    def _logits(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """D(real) and D(fake) `[B]`, and the loss of real items with another record's condition."""
        if self._changes.kinds:
            draws = self._share(self._changes.draw(self._batch(both) // 2, step))
            both = self._changes.apply(both, tf.concat([draws, draws], 0), self._changes_p.p)
        out = self._judged(both, c)
        scale = out["feature"].shape[-1] ** -0.5
        base = out["logit"][:, 0]
        logit = base + tf.reduce_sum(out["feature"] * out["embedded"], -1) * scale
        real, fake = tf.split(logit, 2)
        mismatch = tf.zeros(())
        if self.mismatch > 0:
            feature, embedded, own = (tf.split(v, 2)[0] for v in (out["feature"], out["embedded"], c))
            wrong = tf.split(base, 2)[0] + tf.reduce_sum(feature * tf.roll(embedded, 1, 0), -1) * scale
            differs = tf.cast(cosine(own, tf.roll(own, 1, 0)) < SAME_CONDITION, tf.float32)
            mismatch = self.mismatch * tf.reduce_mean(differs * tf.nn.softplus(wrong - real))
        return real, fake, mismatch

    def _judged(self, both: tf.Tensor, c: tf.Tensor) -> Any:
        """Outputs of D; on a CPU real and fake items pass it apart, so that two operations can go on at once."""
        parts = zip(tf.split(both, self._passes), tf.split(c, self._passes), strict=True)
        outs = [self.discriminator.model({"item": x, "condition": e}, training=True) for x, e in parts]
        return {name: tf.concat([out[name] for out in outs], 0) for name in outs[0]}

    def sample(self, conditions: Array, seeds: list[int]) -> Array:
        """Make one item per condition `[n, D]`, each from its own seed; network form, float32."""
        return self._sampler.sample(conditions, seeds)
