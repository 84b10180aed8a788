"""Precision, recall, density, coverage on arrangements whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.manifold import manifold, neighbour_distance


def test_same_distribution_scores_high(rng):
    found = manifold(rng.normal(size=(600, 4)), rng.normal(size=(600, 4)))
    assert min(found.precision, found.recall, found.coverage) > 0.9
    assert found.density == pytest.approx(1.0, abs=0.15)


def test_collapse_keeps_precision_and_loses_recall(rng):
    real = rng.normal(size=(400, 4))
    found = manifold(real, rng.normal(size=(100, 4)) * 1e-3)
    assert found.precision == 1.0
    assert max(found.recall, found.coverage) < 0.2


def test_far_samples_score_nothing(rng):
    found = manifold(rng.normal(size=(50, 4)), rng.normal(size=(50, 4)) + 100)
    assert (found.precision, found.recall, found.density, found.coverage) == (0, 0, 0, 0)


def test_counts_by_hand():
    real, samples = np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [9.0]])
    found = manifold(real, samples, k=1)  # radii of real: 1, 1, 2; of samples: 8.5, 8.5
    assert (found.precision, found.recall, found.density, found.coverage) == (0.5, 1.0, 1.0, 2 / 3)


def test_duplicates_lie_inside_each_other():
    same = np.ones((20, 3))
    assert manifold(same, same).precision == 1.0


def test_neighbour_distance_skips_the_item_itself():
    assert neighbour_distance(np.array([[0.0], [1.0], [5.0]])).tolist() == [1, 1, 4]


def test_too_few_rows_is_an_error():
    with pytest.raises(ValueError, match="5 neighbours"):
        manifold(np.ones((5, 2)), np.ones((50, 2)))
