"""Contrastive losses: their start, and their value where nothing is known."""

import math

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.mark.parametrize("loss", ["siglip", "infonce"])
def test_what_knows_nothing_starts_at_the_uninformed_loss(loss):
    import tensorflow as tf

    from mmcli.nn.contrastive import LOSSES, starts, uninformed

    labels = np.arange(40) % 5
    positive = (labels[:, None] == labels[None, :]).astype(np.float32)
    scale, bias = starts(loss, float(positive.mean()))
    far = np.zeros((40, 8), np.float32)
    far[:, 0] = 1.0
    value = LOSSES[loss](
        tf.constant(far),
        tf.constant(np.roll(far, 1, 1)),
        tf.constant(positive),
        tf.ones((40, 40)),
        tf.constant(scale, tf.float32),
        tf.constant(bias, tf.float32),
    )
    assert float(value) == pytest.approx(uninformed(loss, 40, float(positive.mean())), rel=1e-4)


def test_missing_fields_change_no_loss():
    import tensorflow as tf

    from mmcli.nn.contrastive import siglip

    rng = np.random.default_rng(0)
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.standard_normal((2, 6, 4)).astype(np.float32))
    valid = np.ones((6, 6), np.float32)
    valid[4:], valid[:, 4:] = 0, 0
    scale, bias = tf.constant(math.log(10.0)), tf.constant(-2.0)
    whole = siglip(tf.constant(a), tf.constant(b), tf.eye(6), tf.constant(valid), scale, bias)
    part = siglip(tf.constant(a[:4]), tf.constant(b[:4]), tf.eye(4), tf.ones((4, 4)), scale, bias)
    assert float(whole) == pytest.approx(float(part), rel=1e-5)


def test_infonce_is_the_cross_entropy_of_the_own_column_among_the_usable_ones():
    import tensorflow as tf

    from mmcli.nn.contrastive import infonce

    logits = np.random.default_rng(1).standard_normal((2, 5, 5)).astype(np.float32)
    usable = np.ones((2, 5, 5), np.float32)
    usable[:, :, 4], usable[:, 4, 4] = 0, 1
    weights = np.array([[1, 1, 0, 0.5, 1], [0, 1, 1, 1, 1]], np.float32)
    chances = np.exp(logits) * usable
    losses = -np.log(np.einsum("fii->fi", chances) / chances.sum(-1))
    found = infonce(tf.constant(logits), tf.eye(5), tf.constant(usable), tf.constant(weights))
    assert float(found) == pytest.approx((weights * losses).sum() / weights.sum(), rel=1e-5)
