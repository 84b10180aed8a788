"""Intervals by resampling."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.bootstrap import interval, mean_interval, means


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = mean_interval(values, np.random.default_rng(1))
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)


def test_it_covers_the_truth_in_about_nineteen_of_twenty_cases() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        found = mean_interval((rng.random(80) < 0.3).astype(float), rng)
        hits += found.low <= 0.3 <= found.high
    assert 180 <= hits <= 199


def test_equal_values_have_no_width() -> None:
    assert interval(means(np.full(10, 0.5), np.random.default_rng(0))) == interval(np.full(5, 0.5))


def test_differences_keep_their_pairs() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0.0, 10.0, 300)
    found = mean_interval(first - (first + 1.0), rng)
    assert found.low == pytest.approx(-1.0)
    assert found.high == pytest.approx(-1.0)
