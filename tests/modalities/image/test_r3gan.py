"""The residual networks: shapes, resampling, and blocks that begin as the identity."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module", autouse=True)
def tensorflow():
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)


@pytest.mark.parametrize("shape", [[16, 16, 1], [16, 24, 4], [20, 30, 3]])
def test_images_of_any_shape_come_out_and_go_in(shape):
    from mmcli.nn import networks_io

    common = {"shape": shape, "condition": 6, "width": 4, "depth": 1}
    make = networks_io.build("image.generator.r3gan", {**common, "noise": 8}).model
    judge = networks_io.build("image.discriminator.r3gan", common).model
    items = make({"noise": np.ones((2, 8), np.float32), "condition": np.ones((2, 6), np.float32)})
    assert items.shape == (2, *shape)
    assert judge({"item": np.asarray(items), "condition": np.ones((2, 6), np.float32)})["logit"].shape == (2, 1)


def test_doubling_is_bilinear_and_halving_keeps_the_mean():
    import tensorflow as tf

    from mmcli.modalities.image.r3gan import Downsample, Upsample

    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(Upsample()(x), tf.image.resize(x, (8, 12)), atol=1e-5)
    np.testing.assert_allclose(Downsample()(np.full((1, 4, 6, 2), 0.7, np.float32)), 0.7, rtol=1e-6)
    assert Downsample()(x).shape == (2, 2, 3, 3)


def test_a_new_generator_ignores_the_condition_in_its_blocks_and_has_no_bias_in_the_last_convolution():
    from mmcli.nn import networks_io

    model = networks_io.build("image.generator.r3gan", {"shape": [8, 8, 1], "condition": 3, "width": 4, "depth": 1, "noise": 2}).model
    affine = [w for w in model.weights if w.name in ("scale", "shift")]
    assert len(affine) == 4  # two blocks
    assert not any(np.asarray(w).any() for w in affine)
