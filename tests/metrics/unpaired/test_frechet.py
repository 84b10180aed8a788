"""Frechet distance against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from mmcli.metrics.unpaired.frechet import frechet_distance, frechet_draws, gaussian_distance


def test_diagonal_gaussians_have_a_closed_form():
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 1.0])
    found = gaussian_distance(np.zeros(3), np.diag(a), np.array([1.0, 0.0, 2.0]), np.diag(b))
    assert found == pytest.approx(5.0 + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())


def test_equals_scipy_sqrtm(rng):
    x, y = rng.normal(size=(200, 5)), rng.normal(size=(150, 5)) * 2 + 1
    cov_x, cov_y = np.cov(x.T), np.cov(y.T)
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(cov_x + cov_y - 2 * sqrtm(cov_x @ cov_y).real)
    assert frechet_distance(x, y) == pytest.approx(expected)


def test_same_set_has_no_distance(rng):
    x = rng.normal(size=(64, 8)).astype(np.float32)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-9)


def test_fewer_rows_than_dimensions_is_finite(rng):
    assert np.isfinite(frechet_distance(rng.normal(size=(10, 64)), rng.normal(size=(7, 64))))


def test_one_row_is_an_error():
    with pytest.raises(ValueError, match="two rows"):
        frechet_distance(np.ones((1, 2)), np.ones((5, 2)))


def test_draws_are_the_distances_of_resampled_rows(rng):
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(20, 4)) + 1
    counts_x, counts_y = (rng.multinomial(n, [1 / n] * n, 3) for n in (30, 20))
    expected = [frechet_distance(np.repeat(x, a, axis=0), np.repeat(y, b, axis=0)) for a, b in zip(counts_x, counts_y, strict=True)]
    assert frechet_draws(x, y, counts_x, counts_y) == pytest.approx(expected)
