"""One pass of the discriminator for both networks: its losses, penalties and gradients, and the generator's gradient.

Loss and penalties are those of augmented items if there is augmentation; the gradients propagate to
the items before augmentation. See `losses` for the derivation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from mmcli.conditioning.given import SAME_CONDITION
from mmcli.generators.gan.diff_augment import AdaptiveProbability, DiffAugment
from mmcli.generators.gan.losses import AdversarialLoss, cosine, per_item
from mmcli.generators.gan.replicas import Replicas


@dataclass(frozen=True)
class CriticPass:
    """See the module.

    Attributes:
        discriminator: Its outputs are those of `nn.critic.critic_head`.
        loss: Loss of both networks.
        interval: Number of steps between penalties, which are scaled by it.
        mismatch: Weight of the loss of real items with another record's condition.
        changes: Augmentation of real and fake items, with probability `changes_p`.
        replicas: The devices.
        passes: 2 on a CPU: real and fake items are passed separately, so that two operations can run concurrently.
    """

    discriminator: keras.Model
    loss: AdversarialLoss
    interval: int
    mismatch: float
    changes: DiffAugment
    changes_p: AdaptiveProbability
    replicas: Replicas
    passes: int

    def plain(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor, gamma: tf.Tensor) -> Any:
        """Logits, G's gradient at the fakes, no penalty, and D's gradients.

        Args:
            both: Real items and an equal number of fake ones.
            c: Their conditions.
            step: Training step.
            gamma: Not used.
        """
        del gamma
        if self.loss.ratio is None:
            return self.penalised(both, c, step, tf.constant(0.0), with_penalty=False)
        with tf.GradientTape() as tape:
            tape.watch(both)
            real, fake, mismatch = self.logits(both, c, step)
            total = tf.reduce_mean(self.loss.critic(real, fake)) + mismatch
        *gradients, at_both = tape.gradient(total, [*self.discriminator.trainable_variables, both])
        at_fake = per_item(self.loss.ratio(real, fake), both) * tf.split(at_both, 2)[1]
        return real, fake, at_fake, tf.zeros(()), gradients

    def penalised(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor, gamma: tf.Tensor, with_penalty: bool = True) -> Any:
        """The same with both penalties, with weight `gamma`."""
        penalty = tf.zeros(())
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(both)
                real, fake, mismatch = self.logits(both, c, step)
                logits = tf.reduce_sum(real) + tf.reduce_sum(fake)
            if with_penalty:
                at_both = inner.gradient(logits, both)
                penalty = 2.0 * tf.reduce_mean(tf.reduce_sum(tf.square(at_both), list(range(1, len(both.shape)))))
            total = tf.reduce_mean(self.loss.critic(real, fake)) + mismatch + gamma * self.interval / 2.0 * penalty
        if not with_penalty:
            at_both = inner.gradient(logits, both)
        gradients = tape.gradient(total, self.discriminator.trainable_variables)
        slope = self.loss.slope(real, fake) / tf.cast(tf.shape(real)[0], tf.float32)
        return real, fake, per_item(slope, both) * tf.split(at_both, 2)[1], penalty, gradients

    def logits(self, both: tf.Tensor, c: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """D(real) and D(fake) `[B]`, and the loss of real items with another record's condition."""
        if self.changes.kinds:
            draws = self.replicas.share(self.changes.draw(self.replicas.batch(both) // 2, step))
            both = self.changes.apply(both, tf.concat([draws, draws], 0), self.changes_p.p)
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
        parts = zip(tf.split(both, self.passes), tf.split(c, self.passes), strict=True)
        outs = [self.discriminator({"item": x, "condition": e}, training=True) for x, e in parts]
        return {name: tf.concat([out[name] for out in outs], 0) for name in outs[0]}
