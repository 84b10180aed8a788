"""Steps in which the generator is rewarded for whole texts that it wrote: by a critic, and by chrF where there is a target.

The critic is the discriminator of a GAN: it reads the generator's memory of the condition and a text, and tells real texts from
written ones and from those of other conditions. Texts are discrete, so the generator follows its reward by the policy gradient
(Williams 1992) with the mean of the other texts of the same condition as baseline (Kool et al. 2019), as in adversarial machine
translation (Wu et al. 2018, arXiv 1704.06933); the likelihood of the real texts stays in the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.streams import Purpose
from mmcli.core.token_ids import PAD
from mmcli.generators.sequence import decoding, losses
from mmcli.generators.sequence.network import PRESENT, Transducer, shifted
from mmcli.metrics.paired.text_overlap import chrf
from mmcli.modalities.base import TokenCodec
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.transformer import DecoderBlock, Dropout, RmsNorm, as_bias
from mmcli.training.fused_adam import FusedAdam

Array = npt.NDArray[Any]
TEXTS = 4  # per condition
_BLOCKS = 2
_CRITIC_RATE, _BETA_1, _BETA_2 = 5e-4, 0.5, 0.98
_CRITIC_WEIGHT = 0.5  # of its reward beside chrF
_LONGER, _MORE = 1.3, 8  # written texts may be longer than the longest real one of the batch


class Critic(keras.layers.Layer):
    """How real a text looks given a memory.

    Args:
        layer: The generator, whose memory and token vectors it reads but does not change.
    """

    def __init__(self, layer: Transducer, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim = layer.dim
        self.blocks = [DecoderBlock(layer.dim, layer.heads, 2 * layer.dim) for _ in range(_BLOCKS)]
        self.norm, self._embed = RmsNorm(), layer.embedded

    def build(self, shape: Any) -> None:
        del shape
        for block in self.blocks:
            block.build(None)
        self.norm.build((None, self.dim))
        self.direction = self.add_weight(shape=(self.dim, 1), initializer="glorot_uniform", name="direction")

    def call(self, ids: Any, memory: Any, mask: Any) -> Any:
        """Logits `[B]` of being real: texts `ids [B, T]`, `memory [B, S, D]` and its `mask [B, S]`."""
        shape, there = (tf.shape(ids)[0], tf.shape(ids)[1]), ids != PAD
        read = (tf.shape(memory)[0], tf.shape(memory)[1])
        x, none = tf.reshape(tf.stop_gradient(self._embed(ids)), (-1, self.dim)), Dropout(0.0, None)
        rows = tf.reshape(tf.stop_gradient(memory), (-1, self.dim))
        for block in self.blocks:
            x = block(x, shape, as_bias(there), (*block.cross.read(rows, read), as_bias(mask)), drop=none)
        states = tf.reshape(self.norm(x), (*shape, self.dim))
        weights = tf.cast(there, tf.float32)[:, :, None]
        mean = tf.reduce_sum(states * weights, 1) / tf.maximum(tf.reduce_sum(weights, 1), 1.0)
        return tf.matmul(mean, self.direction)[:, 0]


class Reinforcement:
    """Trains a generator and its critic together.

    Args:
        layer: The generator's layer.
        descend: Changes its weights, of a tape, a loss in it and a learning rate.
        codec: Codec of the target.
        specs: Conditions as inputs of the network.
        seed: Seed of the run.
        smoothing: Label smoothing of the likelihood.
        paired: Whether a condition determines its text so far that chrF with the real one is a reward.
    """

    def __init__(
        self,
        layer: Transducer,
        descend: Callable[[tf.GradientTape, tf.Tensor, tf.Tensor], None],
        codec: TokenCodec,
        specs: Mapping[str, tf.TensorSpec],
        *,
        seed: int,
        smoothing: float,
        paired: bool,
    ) -> None:
        self._layer, self._descend, self._codec = layer, descend, codec
        self._seed, self._smoothing, self._paired = seed, smoothing, paired
        self.critic = Critic(layer, name="critic")
        self.critic.build(None)
        self._critic_weights = [w.value for w in self.critic.trainable_variables]
        self._critic_adam = FusedAdam(self._critic_weights, _BETA_1)
        ids, number, real = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        self._written = graph(self._write, input_signature=[specs, number, number])
        self._updated = graph(self._update, input_signature=[specs, ids, ids, tf.TensorSpec((None,), tf.float32), number, real])

    def variables(self) -> list[Any]:
        """The critic's complete state."""
        return [*self.critic.variables, *self._critic_adam.variables]

    def step(self, inputs: Mapping[str, tf.Tensor], real: Array, step: int, rate: float, progress: float) -> dict[str, float]:
        """One step of both.

        Args:
            inputs: Conditions of n records.
            real: Their texts `[n, T]`.
            step: Number of the step.
            rate: Learning rate of the generator.
            progress: Fraction of these steps that is done; the critic counts fully from a quarter on.
        """
        most = min(self._codec.network_shape[0], int(real.shape[1] * _LONGER) + _MORE)
        written, believed = (part.numpy() for part in self._written(inputs, tf.constant(step), tf.constant(most)))
        rewards = [(_CRITIC_WEIGHT * min(1.0, 4.0 * progress) if self._paired else 1.0, believed)]
        if self._paired:
            rewards.append((1.0, self._overlap(written, np.repeat(real, TEXTS, axis=0))))
        advantages = np.sum([weight * advantages_of(reward) for weight, reward in rewards], 0, dtype=np.float32)
        found = self._updated(
            inputs, tf.constant(real), tf.constant(written), tf.constant(advantages), tf.constant(step), tf.constant(rate, tf.float32)
        )
        names = ("nll", "loss_d", "real_over_fake")
        return {**dict(zip(names, map(float, found), strict=True)), "reward": float(rewards[-1][1].mean())}

    def _overlap(self, written: Array, real: Array) -> Array:
        """The chrF of each text with its target, 0 to 1."""
        texts, targets = ([self._codec.decode(row) for row in rows] for rows in (written, real))
        found = chrf(texts, [[one] for one in targets])
        return np.asarray(found.of(found.parts) / 100.0)

    def _write(self, inputs: Mapping[str, tf.Tensor], step: tf.Tensor, most: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Random texts `[n TEXTS, T]` of conditions, and the probability that each is real."""
        repeated = {name: tf.repeat(x, TEXTS, 0) for name, x in inputs.items()}
        draws = Draws(self._seed, Purpose.TEXT_WRITTEN, step)
        uniform = draws.uniform([tf.shape(repeated[PRESENT])[0], most])
        ids, _ = decoding.sampled(self._layer, repeated, uniform, 1.0, 0, 1.0)
        memory = self._layer.encode(inputs)
        return ids, tf.sigmoid(self.critic(ids, tf.repeat(memory.states, TEXTS, 0), tf.repeat(memory.mask, TEXTS, 0)))

    def _update(
        self, inputs: Mapping[str, tf.Tensor], real: tf.Tensor, written: tf.Tensor, advantages: tf.Tensor, step: tf.Tensor, rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        loss, shown = self._improve_critic(inputs, real, written[::TEXTS])
        draws = [Draws(self._seed, Purpose.TEXT_WRITTEN_DROPOUT, step, part) for part in range(3)]
        layer = self._layer
        with tf.GradientTape() as tape:
            reading = layer.reading(layer.encode(inputs, draws[0]))
            smoothed, nll = losses.smoothed(layer, layer.states(shifted(real), reading, draws[1]), reading, real, self._smoothing)
            of_all = reading.repeated(TEXTS)
            found = losses.token_losses(layer, layer.states(shifted(written), of_all, draws[2]), of_all, written)
            there = tf.cast(written != PAD, tf.float32)
            gain = -tf.reduce_sum(found * there * advantages[:, None]) / tf.reduce_sum(there)
            total = smoothed - gain
        self._descend(tape, total, rate)
        return nll, loss, shown

    def _improve_critic(self, inputs: Mapping[str, tf.Tensor], real: tf.Tensor, written: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns its loss, and how often it finds a real text more real than a written one of the same condition."""
        memory = self._layer.encode(inputs)
        width = tf.maximum(tf.shape(real)[1], tf.shape(written)[1])
        real, written = (tf.pad(ids, ((0, 0), (0, width - tf.shape(ids)[1]))) for ids in (real, written))
        sides = [real, written, *([tf.roll(real, 1, 0)] if self._paired else [])]
        with tf.GradientTape() as tape:
            repeated = tf.tile(memory.states, (len(sides), 1, 1)), tf.tile(memory.mask, (len(sides), 1))
            logits = tf.split(self.critic(tf.concat(sides, 0), *repeated), len(sides))
            false = tf.reduce_mean([tf.reduce_mean(tf.nn.softplus(one)) for one in logits[1:]])
            loss = tf.reduce_mean(tf.nn.softplus(-logits[0])) + false
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, self._critic_weights)]
        self._critic_adam.apply(gradients, tf.constant(_CRITIC_RATE), tf.constant(_BETA_2))
        return loss, tf.reduce_mean(tf.cast(logits[0] > logits[1], tf.float32))


def advantages_of(rewards: Array) -> Array:
    """Rewards `[n TEXTS]` beside the mean of the other texts of the same condition, in standard deviations."""
    groups = np.asarray(rewards, np.float64).reshape(-1, TEXTS)
    found = (groups - groups.mean(1, keepdims=True)) * TEXTS / (TEXTS - 1)
    return np.asarray(found.reshape(-1) / (found.std() + 1e-6))
