"""Copies of train items."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.memorisation import copying_z, excess_probability, longest_run, repeated_grams, shares_below, verbatim


def test_samples_as_far_as_held_out_items_are_near_zero() -> None:
    rng = np.random.default_rng(0)
    assert abs(float(copying_z(rng.random(200), rng.random(300)))) < 3.0


def test_a_worked_example_of_the_statistic() -> None:
    """2 and 2 distances without ties: U of the samples is 0, its mean 2, its variance 2 * 2 * 5 / 12."""
    assert float(copying_z(np.array([1.0, 2.0]), np.array([3.0, 4.0]))) == pytest.approx(-2.0 / np.sqrt(20 / 12))


def test_copies_are_many_standard_deviations_nearer() -> None:
    rng = np.random.default_rng(0)
    assert float(copying_z(np.zeros(100), rng.random(100))) < -10.0


def test_equal_distances_say_nothing() -> None:
    assert float(copying_z(np.ones(50), np.ones(70))) == 0.0


def test_an_excess_of_hits_is_improbable() -> None:
    few, many = np.arange(200) < 2, np.arange(200) < 14
    assert excess_probability(many, few) < 0.003
    assert excess_probability(few, few) > 0.5


def test_texts_are_copies_word_for_word() -> None:
    train = [[1, 2, 3], [4, 5]]
    assert verbatim([[1, 2, 3], [1, 2], [4, 5]], train).tolist() == [True, False, True]


def test_the_longest_run_is_found_across_texts() -> None:
    train = [[1, 2, 3, 4, 5], [7, 8]]
    assert longest_run([[9, 2, 3, 4, 9], [7, 8]], train) == 3
    assert longest_run([[9]], train) == 0
    assert longest_run([[1, 2, 3, 4, 5]], train) == 5


def test_the_longest_run_is_that_of_a_search_for_every_length() -> None:
    rng = np.random.default_rng(0)
    texts, train = ([rng.integers(0, 3, rng.integers(0, 30)).tolist() for _ in range(40)] for _ in range(2))

    def runs(some: list[list[int]], length: int) -> set[tuple[int, ...]]:
        return {tuple(text[i : i + length]) for text in some for i in range(len(text) - length + 1)}

    assert longest_run(texts, train) == max(length for length in range(1, 30) if runs(texts, length) & runs(train, length))
    assert longest_run([[], [5]], [[], [6]]) == 0


def test_a_run_does_not_go_on_in_the_next_text() -> None:
    assert longest_run([[1, 2], [3, 4]], [[1, 2, 3, 4]]) == 2
    assert longest_run([[1, 2, 3, 4]], [[1, 2], [3, 4]]) == 2


def test_repeated_grams() -> None:
    assert float(repeated_grams([[1, 2, 3], [2, 3, 9]], [[1, 2, 3]], order=2) or 0) == pytest.approx(3 / 4)
    assert repeated_grams([[1]], [[1, 2, 3]], order=2) is None


def test_the_mean_share_below_is_the_area_under_the_curve() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(3)
    values, others = rng.integers(0, 20, 60).astype(float), rng.integers(3, 25, 80).astype(float)
    truth = np.repeat([1, 0], [60, 80])
    assert shares_below(values, others).mean() == pytest.approx(roc_auc_score(truth, np.concatenate([values, others])))


def test_the_statistic_of_resampled_items_spreads_around_it() -> None:
    rng = np.random.default_rng(4)
    found = copying_z(rng.random(200), rng.random(300))
    draws = found.draws(400)
    assert abs(draws.mean() - float(found)) < 0.2
    assert 0.5 < draws.std() < 1.2  # 1 if held-out items were resampled too
