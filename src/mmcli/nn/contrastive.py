"""Contrastive losses over pairs of fields, masked over missing fields, with several positives."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf


def siglip(a: Any, b: Any, positive: Any, valid: Any, log_scale: Any, bias: Any) -> Any:
    """Pairwise sigmoid loss (Zhai et al. 2023, arXiv 2303.15343) with several positives.

    Args:
        a: Unit vectors `[B, d]` of a field.
        b: Unit vectors `[B, d]` of another field of the same records.
        positive: `[B, B]`, 1 if row i and column j are a positive pair.
        valid: `[B, B]`, 1 if both fields exist.
        log_scale: Learned scalar.
        bias: Learned scalar.

    Returns:
        Mean over the valid rows of the summed binary losses.
    """
    logits = tf.matmul(a, b, transpose_b=True) * tf.exp(log_scale) + bias
    losses = tf.nn.softplus(tf.where(positive > 0, -logits, logits)) * valid
    rows = tf.reduce_sum(tf.linalg.diag_part(valid))
    return tf.reduce_sum(losses) / tf.maximum(rows, 1.0)


def infonce(logits: Any, positive: Any, usable: Any, weights: Any = 1.0) -> Any:
    """InfoNCE (van den Oord et al. 2018, arXiv 1807.03748): each row identifies its positives among the columns.

    Args:
        logits: `[..., B, B]`, similarities divided by the temperature.
        positive: `[..., B, B]`, 1 if row i and column j are a positive pair; a row's target is uniform over its positives.
        usable: `[..., B, B]`, 1 if column j may be compared with row i; broadcast.
        weights: `[..., B]` of the rows; rows without a positive are ignored.

    Returns:
        Weighted mean over the rows.
    """
    return _cross_entropy(_masked(logits, usable), positive * usable, weights)


def both_ways(logits: Any, positive: Any, usable: Any) -> Any:
    """Mean InfoNCE of rows among columns and columns among rows; arguments as `infonce`, each `[B, B]`."""
    masked, goal = _masked(logits, usable), positive * usable
    return (_cross_entropy(masked, goal) + _cross_entropy(tf.transpose(masked), tf.transpose(goal))) / 2.0


def _masked(logits: Any, usable: Any) -> Any:
    return tf.cast(logits, tf.float32) + (1.0 - usable) * -1e9


def _cross_entropy(logits: Any, goal: Any, weights: Any = 1.0) -> Any:
    """Weighted mean over the rows that have a goal, with a uniform target over the goals."""
    count = tf.reduce_sum(goal, -1)
    losses = -tf.reduce_sum(goal * tf.nn.log_softmax(logits), -1) / tf.maximum(count, 1.0)
    used = weights * tf.cast(count > 0, tf.float32)
    return tf.reduce_sum(losses * used) / tf.maximum(tf.reduce_sum(used), 1.0)


def clip(a: Any, b: Any, positive: Any, valid: Any, log_scale: Any, bias: Any) -> Any:
    """Symmetric InfoNCE with a learned scale (Radford et al. 2021, arXiv 2103.00020).

    Arguments as `siglip`; the scale is clamped to [1, 100] and `bias` is not used.
    """
    del bias
    scale = tf.exp(tf.clip_by_value(log_scale, 0.0, math.log(100.0)))
    return both_ways(tf.matmul(a, b, transpose_b=True) * scale, positive, valid)


def starts(loss: str, positives: float) -> tuple[float, float]:
    """Initial values of (log scale, bias).

    SigLIP's scale of 10, with the bias at the log odds of a positive pair, so that an untrained model
    starts at the uninformed loss (the published -10 is for a batch of 32,768 with one positive per
    row). InfoNCE starts at CLIP's temperature of 0.07.
    """
    if loss == "infonce":
        return math.log(1 / 0.07), 0.0
    p = min(max(positives, 1e-6), 0.5)
    return math.log(10.0), math.log(p / (1 - p))


def uninformed(loss: str, batch: int, positives: float) -> float:
    """Loss of a model that knows only the fraction of positives; staying there means not learning.

    Args:
        loss: `siglip` or `infonce`.
        batch: Number of columns per row.
        positives: Mean fraction of positive pairs in a batch.
    """
    if loss == "infonce":
        return math.log(batch)
    p = min(max(positives, 1e-6), 1 - 1e-6)
    return batch * -(p * math.log(p) + (1 - p) * math.log(1 - p))


LOSSES = {"siglip": siglip, "infonce": clip}
