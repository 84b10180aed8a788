"""Likelihood and straight-through samples of rows of token ids."""

from __future__ import annotations

import keras
import tensorflow as tf

from mmcli.core.token_ids import PAD, START
from mmcli.nn.draws import Draws

_GUMBEL_TEMPERATURE = 1.0


def shifted(ids: tf.Tensor) -> tf.Tensor:
    """The ids shifted by one position: start, then all but the last."""
    return tf.concat([tf.fill([tf.shape(ids)[0], 1], START), ids[:, :-1]], 1)


def until_end(ids: tf.Tensor) -> tf.Tensor:
    """1 up to the end of each row, then 0."""
    return tf.cast(ids != PAD, tf.float32)


def negative_log_likelihood(model: keras.Model, ids: tf.Tensor, c: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Summed negative log-likelihood in nat `[B]` and the number of tokens `[B]`."""
    logits = model({"ids": shifted(ids), "condition": c}, training=True)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits) * until_end(ids)
    return tf.reduce_sum(losses, 1), tf.reduce_sum(until_end(ids), 1)


def straight_through(model: keras.Model, ids: tf.Tensor, c: tf.Tensor, draws: Draws) -> tf.Tensor:
    """One-hot samples `[B, T, V]` whose gradient is that of a Gumbel-softmax.

    The noise is drawn given the sampled ids (Maddison et al. 2017, appendix): the largest
    perturbed log-probability belongs to the sampled id, the others are truncated below it.

    Args:
        model: The language model.
        ids: Ids sampled from it, `[B, T]`.
        c: Conditions `[B, D]`.
        draws: Random numbers of the noise.
    """
    log_p = tf.nn.log_softmax(model({"ids": shifted(ids), "condition": c}, training=True))
    hard = tf.one_hot(ids, log_p.shape[-1]) * until_end(ids)[:, :, None]
    exponential = -tf.math.log(draws.uniform(tf.shape(log_p), low=1e-9))
    top = tf.reduce_sum(exponential * hard, -1, keepdims=True) + 1e-9
    perturbed = -tf.math.log(tf.where(hard > 0, top, exponential / tf.maximum(tf.stop_gradient(tf.exp(log_p)), 1e-20) + top))
    noise = tf.stop_gradient(perturbed - log_p)
    soft = tf.nn.softmax((log_p + noise) / _GUMBEL_TEMPERATURE) * until_end(ids)[:, :, None]
    return hard + soft - tf.stop_gradient(soft)
