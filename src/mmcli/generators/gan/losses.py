"""Adversarial losses of logits `[B]`, with the derivatives needed to train both networks by one pass of the discriminator.

Without batch statistics in D, the gradient of D(fake_i) affects only fake_i. So the gradient for G is
D's own gradient at fake_i times the ratio of the two losses' derivatives by that logit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

_MAX_EXPONENT = 20.0
_Function = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


@dataclass(frozen=True)
class AdversarialLoss:
    """Losses of logits of real and fake items, per item.

    Attributes:
        critic: Loss of D.
        generator: Loss of G.
        slope: Derivative of `generator` by the fake's logit.
        ratio: `slope` over the derivative of `critic`; `None` if that may be zero.
        sign: The value whose sign ADA averages: positive if D classifies a real item correctly.
    """

    critic: _Function
    generator: _Function
    slope: _Function
    ratio: _Function | None
    sign: _Function


def _exp(x: tf.Tensor) -> tf.Tensor:
    return tf.exp(tf.clip_by_value(x, -_MAX_EXPONENT, _MAX_EXPONENT))


LOSSES = {
    # Real and fake items paired by their position in the batch: Jolicoeur-Martineau (2018), Huang et al. (2024), arXiv 2501.05441.
    "pairing": AdversarialLoss(
        critic=lambda real, fake: tf.nn.softplus(fake - real),
        generator=lambda real, fake: tf.nn.softplus(real - fake),
        slope=lambda real, fake: -tf.sigmoid(real - fake),
        ratio=lambda real, fake: -_exp(real - fake),
        sign=lambda real, fake: real - fake,
    ),
    # Goodfellow et al. (2014).
    "non-saturating": AdversarialLoss(
        critic=lambda real, fake: tf.nn.softplus(-real) + tf.nn.softplus(fake),
        generator=lambda real, fake: tf.nn.softplus(-fake),
        slope=lambda real, fake: -tf.sigmoid(-fake),
        ratio=lambda real, fake: -_exp(-fake),
        sign=lambda real, fake: real,
    ),
    # Lim and Ye (2017), arXiv 1705.02894.
    "hinge": AdversarialLoss(
        critic=lambda real, fake: tf.nn.relu(1.0 - real) + tf.nn.relu(1.0 + fake),
        generator=lambda real, fake: -fake,
        slope=lambda real, fake: -tf.ones_like(fake),
        ratio=None,
        sign=lambda real, fake: real,
    ),
}


def per_item(values: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Reshape values `[B]` to broadcast over items `[B, ...]`."""
    return tf.reshape(values, (-1, *([1] * (len(like.shape) - 1))))


def cosine(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Cosine `[B]` of rows `[B, D]`."""
    return tf.reduce_sum(tf.math.l2_normalize(a, 1) * tf.math.l2_normalize(b, 1), 1)
