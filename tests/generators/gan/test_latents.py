"""Noise vectors: by seed, truncated, and between two."""

import numpy as np
import pytest
from scipy import stats

from mmcli.generators.gan import latents


def test_a_vector_depends_on_its_seed_alone():
    assert np.array_equal(latents.noise([5, 2**63], 8)[0], latents.noise([5], 8)[0])
    assert latents.noise([], 8).shape == (0, 8)


def test_truncated_noise_has_the_truncated_normal_distribution():
    z = latents.noise(range(400), 50, truncation=0.7)
    assert np.abs(z).max() <= 0.7
    assert stats.kstest(z.ravel(), stats.truncnorm(-0.7, 0.7).cdf).pvalue > 0.01


def test_truncation_keeps_the_order_of_values():
    z = latents.noise([3], 200)[0]
    assert np.array_equal(np.argsort(z), np.argsort(latents.noise([3], 200, truncation=0.5)[0]))


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_the_ends_of_a_way_are_exact(fraction):
    a, b = latents.noise([1, 2], 16), latents.noise([3, 4], 16)
    assert np.array_equal(latents.between(a, b, np.full(2, fraction)), b if fraction else a)


def test_half_way_keeps_the_length_that_a_straight_line_would_lose():
    a, b = np.array([[3.0, 0.0]], np.float32), np.array([[0.0, 5.0]], np.float32)
    assert latents.between(a, b, np.array([0.5])) == pytest.approx(np.array([[1, 1]]) * 4 / np.sqrt(2))


@pytest.mark.parametrize("b", [[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0]])
def test_vectors_without_an_arc_are_joined_straight(b):
    found = latents.between(np.array([[1.0, 0.0]]), np.array([b]), np.array([0.25]))
    assert found == pytest.approx(0.75 * np.array([[1.0, 0.0]]) + 0.25 * np.array([b]))
