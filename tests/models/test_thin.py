"""Thin convolutions are Keras' own, up to rounding, and so are their gradients of both orders."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tf


def both(kind: str, filters: int, shape: tuple[int, ...]):
    import keras

    from mmcli.models import thin

    ours = getattr(thin, f"Thin{kind}")(filters)
    theirs = getattr(keras.layers, kind)(filters, 4, strides=2, padding="same")
    for layer in (ours, theirs):
        layer.build((None, *shape))
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(w.shape).astype(np.float32) for w in ours.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    return ours, theirs


def figures(layer, x):
    """Output, first gradients, and the gradients of the input gradient's square."""
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(x)
            y = layer(x)
            total = tf.reduce_sum(tf.sin(y))
        at_x = inner.gradient(total, x)
        penalty = tf.reduce_sum(tf.square(at_x))
    first = inner.gradient(total, layer.trainable_variables)
    return [y, at_x, *first, *(g for g in outer.gradient(penalty, layer.trainable_variables) if g is not None)]


@pytest.mark.parametrize(
    ("kind", "filters", "shape"),
    [
        ("Conv2D", 5, (8, 8, 1)),
        ("Conv2D", 5, (7, 10, 3)),
        ("Conv2D", 5, (9, 5, 4)),
        ("Conv2DTranspose", 1, (4, 4, 5)),
        ("Conv2DTranspose", 3, (3, 5, 5)),
    ],
)
def test_they_are_keras_own(kind, filters, shape):
    x = np.random.default_rng(1).standard_normal((3, *shape)).astype(np.float32)
    ours, theirs = (figures(layer, x) for layer in both(kind, filters, shape))
    assert len(ours) == len(theirs) == 6
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * float(np.abs(b).max()))
