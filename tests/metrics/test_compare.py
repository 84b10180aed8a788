"""Differences of scores."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.compare import difference
from mmcli.metrics.score import Score


def _scores(first, other, name="ssim"):
    return Score.of_items(name, first, None), Score.of_items(name, other, None)


def test_a_small_difference_of_pairs_is_clear_where_one_of_independent_items_is_not(rng):
    first = rng.normal(0.5, 0.2, 200)
    pair = _scores(first, first + 0.01 + rng.normal(0.0, 0.01, 200))
    found, loose = difference(*pair, paired=True), difference(*pair, paired=False)
    assert found.value == pytest.approx(0.01, abs=0.003)
    assert (found.word, loose.word) == ("better", "")
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.01 / np.sqrt(200), rel=0.15)
    assert loose.high - loose.low == pytest.approx(2 * 1.96 * 0.2 * np.sqrt(2 / 200), rel=0.15)


def test_less_is_better_where_it_is(rng):
    first = rng.random(100)
    assert difference(*_scores(first, first - 0.1, "wer"), paired=True).word == "better"
    assert difference(*_scores(first, first - 0.1), paired=True).word == "worse"


def test_equal_samples_differ_by_chance_in_about_one_of_twenty_cases(rng):
    words = [difference(*_scores(rng.random(60), rng.random(50)), paired=False).word for _ in range(200)]
    assert 2 <= sum(word != "" for word in words) <= 22


def test_without_draws_or_values_there_is_no_interval_or_no_difference():
    plain = Score.named("two_sample", 0.7, 0.5, 50)
    assert difference(plain, Score.named("two_sample", 0.6, 0.5, 50), paired=True).low is None
    assert difference(plain, Score(None, None, "lower", 3, reason="few"), paired=True) is None
