"""Adversarial losses of logits `[B]`, with the slopes that let one pass of the discriminator serve both networks.

Without batch statistics in D, the gradient of D(fake_i) reaches fake_i alone. So what G needs is
D's own gradient at fake_i times the ratio of the two losses' slopes in that logit.
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
        critic: What D minimises.
        generator: What G minimises.
        slope: Derivative of `generator` by the fake's logit.
        ratio: `slope` over the derivative of `critic`; `None` where that may be zero.
        sign: What ADA counts the sign of: positive where D is sure of a real item.
    """

    critic: _Function
    generator: _Function
    slope: _Function
    ratio: _Function | None
    sign: _Function


def _exp(x: tf.Tensor) -> tf.Tensor:
    return tf.exp(tf.clip_by_value(x, -_MAX_EXPONENT, _MAX_EXPONENT))


LOSSES = {
    # A real and a fake paired by their place in the batch: Jolicoeur-Martineau (2018), Huang et al. (2024), arXiv 2501.05441.
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
    """Values `[B]` in a shape that multiplies items `[B, ...]`."""
    return tf.reshape(values, (-1, *([1] * (len(like.shape) - 1))))


def cosine(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Cosine `[B]` of rows `[B, D]`."""
    return tf.reduce_sum(tf.math.l2_normalize(a, 1) * tf.math.l2_normalize(b, 1), 1)
