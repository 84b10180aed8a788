"""Strided convolutions are Keras' own, up to rounding, and so are their gradients of both orders."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tf
NAMES = {"HalvingConv2D": "Conv2D", "DoublingConv2D": "Conv2DTranspose"}


def both(kind: str, filters: int, shape: tuple[int, ...], dtype: str):
    import keras

    from mmcli.nn import strided

    ours = getattr(strided, kind)(filters, dtype=dtype)
    theirs = getattr(keras.layers, NAMES[kind])(filters, 4, strides=2, padding="same")
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
            y = tf.cast(layer(x), tf.float32)
            total = tf.reduce_sum(tf.square(y))
        at_x = inner.gradient(total, x)
        penalty = tf.reduce_sum(tf.square(at_x))
    first = inner.gradient(total, layer.trainable_variables)
    return [y, at_x, *first, *outer.gradient(penalty, layer.trainable_variables)]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-4), ("mixed_bfloat16", 3e-2)])
@pytest.mark.parametrize(
    ("kind", "filters", "shape"),
    [
        ("HalvingConv2D", 5, (8, 8, 1)),
        ("HalvingConv2D", 5, (7, 10, 3)),
        ("HalvingConv2D", 6, (9, 5, 8)),
        ("DoublingConv2D", 1, (4, 4, 5)),
        ("DoublingConv2D", 3, (3, 5, 5)),
        ("DoublingConv2D", 6, (3, 4, 8)),
    ],
)
def test_they_are_keras_own(kind, filters, shape, dtype, tolerance):
    x = np.random.default_rng(1).standard_normal((3, *shape)).astype(np.float32)
    ours, theirs = (figures(layer, x) for layer in both(kind, filters, shape, dtype))
    assert len(ours) == len(theirs) == 6
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * float(np.abs(b).max()))
