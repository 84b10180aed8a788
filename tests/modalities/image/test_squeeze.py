"""Squeezed images get their aspect ratio back wherever they are shown."""

import numpy as np
import pytest
from PIL import Image

from mmcli.modalities.image.codec import ImageCodec


@pytest.mark.parametrize(("aspect", "size"), [(2.0, (32, 16)), (0.5, (16, 32)), (1.5, (24, 16)), (1.0, (16, 16))])
def test_no_side_gets_shorter_than_the_row(aspect, size, tmp_path):
    codec = ImageCodec(16, 16, "RGB", "squeeze", aspect=aspect)
    row = np.random.default_rng([0]).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    assert codec.picture(row).size == size
    with Image.open(codec.write(row, tmp_path / "x")) as written:
        assert written.size == size
    sheet = codec.sheet(row[None])
    assert sheet.shape[1] / sheet.shape[0] == pytest.approx(aspect, rel=0.1)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_others_keep_the_form_of_the_row(fit):
    assert ImageCodec(16, 24, "L", fit, aspect=2.0).picture(np.zeros((16, 24, 1), np.uint8)).size == (24, 16)
