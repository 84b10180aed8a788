"""Intervals by resampling."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.bootstrap import Pooled, centred, interval, resamples


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = interval(Pooled.mean(values).draws())
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)


def test_it_covers_the_truth_in_about_nineteen_of_twenty_cases() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(200):
        found = interval(Pooled.mean(rng.random(80) < 0.3).draws())
        hits += found.low <= 0.3 <= found.high
    assert 180 <= hits <= 199


def test_a_ratio_is_resampled_as_a_ratio() -> None:
    errors = Pooled(np.array([[1.0, 10.0], [9.0, 10.0], [0.0, 80.0]]))
    assert float(errors) == 0.1
    counts = resamples(3)[:5]
    np.testing.assert_allclose(errors.draws(5), counts @ [1.0, 9.0, 0.0] / (counts @ [10.0, 10.0, 80.0]))


def test_equal_values_have_no_width() -> None:
    assert interval(Pooled.mean(np.full(10, 0.5)).draws()) == interval(np.full(5, 0.5))


def test_scores_of_the_same_items_are_resampled_alike_and_two_sets_are_not() -> None:
    first = np.random.default_rng(0).normal(0.0, 10.0, 300)
    np.testing.assert_allclose(Pooled.mean(first + 1.0).draws() - Pooled.mean(first).draws(), 1.0)
    assert abs(np.corrcoef(resamples(300)[:, 0], resamples(300, 1)[:, 0])[0, 1]) < 0.15
    assert (resamples(300, 1).sum(1) == 300).all()


def test_centred_draws_keep_their_spread() -> None:
    found = centred(np.array([2.0, 4.0]), 1.0)
    assert found.tolist() == [0.0, 2.0]
