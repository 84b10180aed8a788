"""SSIM equals its formula."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.paired.ssim import luma, ssim


def _constant(value):
    return np.full((1, 16, 16, 1), value, np.uint8)


def test_equal_images_are_one_and_opposite_ones_negative(rng):
    x = rng.integers(0, 256, (3, 16, 20, 3), np.uint8)
    np.testing.assert_allclose(ssim(x, x), 1.0)
    assert (ssim(x, 255 - x) < 0.0).all()


def test_constant_images_differ_by_brightness_alone():
    a, b, c1 = 51 / 255, 204 / 255, 0.01**2
    assert ssim(_constant(51), _constant(204)) == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1))


def test_one_window_by_hand(rng):
    x, y = rng.integers(0, 256, (2, 1, 11, 11, 1), np.uint8)
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    a, b = x[0, ..., 0] / 255, y[0, ..., 0] / 255
    mean_a, mean_b = (window * a).sum(), (window * b).sum()
    var_a, var_b = (window * (a - mean_a) ** 2).sum(), (window * (b - mean_b) ** 2).sum()
    both = (window * (a - mean_a) * (b - mean_b)).sum()
    expected = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4) / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
    assert ssim(x, y) == pytest.approx(expected)


def test_images_smaller_than_the_window_are_compared_all_the_same(rng):
    x = rng.integers(0, 256, (2, 8, 8, 1), np.uint8)
    assert ssim(x, x).tolist() == pytest.approx([1.0, 1.0])
    assert (ssim(x, np.roll(x, 4, axis=1)) < 0.9).all()


def test_brightness_of_colours_and_of_transparency():
    green, clear = np.array([[[[0, 255, 0]]]], np.uint8), np.array([[[[0, 255, 0, 0]]]], np.uint8)
    assert luma(green).item() == pytest.approx(0.587)
    assert luma(clear).item() == pytest.approx(1.0)
