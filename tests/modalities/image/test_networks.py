"""The `compact` networks for images."""

import numpy as np
import pytest


@pytest.mark.tf
def test_noise_outweighs_the_condition_at_first() -> None:
    import keras

    from mmcli.modalities.image.networks import generator

    whole, rng = generator(shape=[16, 16, 1], noise=64, condition=80), np.random.default_rng(0)
    first = keras.Model(whole.input, next(layer for layer in whole.layers if isinstance(layer, keras.layers.Reshape)).output)
    z, c = (rng.standard_normal((32, width)).astype(np.float32) for width in (64, 80))
    same, each = np.zeros(32, int), np.arange(32)
    of_noise, of_condition = (np.std(first({"noise": z[a], "condition": c[b]}), axis=0).mean() for a, b in ((each, same), (same, each)))
    assert of_noise > 4 * of_condition
