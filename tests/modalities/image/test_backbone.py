"""Backbones of keras.applications as encoders of images."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.mark.parametrize("shape", [[16, 16, 1], [24, 20, 3], [16, 16, 4]])
def test_any_image_becomes_what_the_backbone_reads(shape):
    from mmcli.modalities.image.backbone import ToBackbone

    image = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype(np.float32)
    seen = {reads: ToBackbone(reads, (32, 40))(image).numpy() for reads in ("unit", "bytes", "bgr", "torch")}
    assert {x.shape for x in seen.values()} == {(2, 32, 40, 3)}
    np.testing.assert_allclose(seen["bytes"], (seen["unit"] + 1) * 127.5, rtol=1e-5)
    np.testing.assert_allclose(seen["bgr"][..., 0], seen["bytes"][..., 2] - 103.939, atol=1e-3)
    np.testing.assert_allclose(seen["torch"][..., 1], (seen["bytes"][..., 1] / 255 - 0.456) / 0.224, atol=1e-4)


def test_a_backbone_is_rebuilt_with_its_weights_and_frozen(tmp_path):
    from mmcli.nn import networks_io

    recipe = {"shape": [16, 16, 1], "dim": 8, "tokens": 2, "backbone": "mobilenet-v3-small", "frozen": True}
    network = networks_io.build("image.backbone", recipe)
    assert len(network.model.trainable_variables) < 8
    networks_io.save(tmp_path, {"encoder.photo": network})
    again = networks_io.load(tmp_path)[0]["encoder.photo"].model
    image = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16, 1)).astype(np.float32)
    np.testing.assert_array_equal(network.model(image)["vector"], again(image)["vector"])


def test_an_unknown_backbone_cannot_be_built():
    from mmcli.core.errors import IntegrityError
    from mmcli.nn import networks_io

    with pytest.raises(IntegrityError, match="unknown backbone"):
        networks_io.build("image.backbone", {"shape": [16, 16, 1], "dim": 8, "tokens": 2, "backbone": "os"})
