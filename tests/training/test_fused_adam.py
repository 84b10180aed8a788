"""Adam with one kernel per weight gives what Keras' Adam gives."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf
RATE, BETA_1, BETA_2 = 0.01, 0.5, 0.99


def test_it_moves_weights_as_keras_does():
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    import keras
    import tensorflow as tf

    from mmcli.training.fused_adam import FusedAdam

    rng = np.random.default_rng(0)
    first = rng.normal(size=(5, 3)).astype(np.float32)
    ours, theirs = keras.Variable(first), keras.Variable(first)
    fused, peer = FusedAdam([ours], BETA_1), keras.optimizers.Adam(RATE, beta_1=BETA_1, beta_2=BETA_2)
    for _ in range(5):
        gradient = tf.constant(rng.normal(size=(5, 3)), tf.float32)
        fused.apply([gradient], tf.constant(RATE), tf.constant(BETA_2))
        peer.apply([gradient], [theirs])
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert abs(np.asarray(ours) - first).max() > RATE
