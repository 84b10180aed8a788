"""Alignment and uniformity at their ends."""

import numpy as np
import pytest

from mmcli.metrics.unpaired.spread import alignment, uniformity


def test_equal_pairs_are_aligned_and_opposite_ones_are_not():
    x = np.eye(4)
    assert alignment(x, x) == 0
    assert alignment(x, -x) == pytest.approx(4)


def test_one_point_is_not_uniform_and_a_sphere_is():
    rng = np.random.default_rng(0)
    sphere = rng.normal(size=(500, 64))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    assert uniformity(np.repeat(sphere[:1], 10, 0)) == pytest.approx(0)
    assert uniformity(sphere) == pytest.approx(-4, abs=0.2)
    with pytest.raises(ValueError, match="two vectors"):
        uniformity(sphere[:1])
