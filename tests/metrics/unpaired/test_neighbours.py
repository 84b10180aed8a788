"""Copies are found; a fair generator is not accused."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.manifold import neighbour_distance
from mmcli.metrics.unpaired.neighbours import copied, nearer_to_train, nearest_distance


def test_copies_of_train_items_are_counted(rng):
    train = rng.normal(size=(400, 6))
    samples = rng.normal(size=(100, 6))
    samples[:30] = train[:30]
    ours, of_train = copied(nearest_distance(samples, train), neighbour_distance(train))
    assert ours.mean() == pytest.approx(0.3, abs=0.05)
    assert of_train.mean() == pytest.approx(0.01)


def test_fresh_samples_are_as_near_to_held_out_items(rng):
    train, held_out = rng.normal(size=(900, 4)), rng.normal(size=(300, 4))
    assert float(nearer_to_train(rng.normal(size=(500, 4)), train, held_out)) == pytest.approx(0.5, abs=0.06)
    assert float(nearer_to_train(train[:200] + 1e-3, train[:200], held_out)) > 0.95


def test_nearest_distance():
    assert nearest_distance(np.zeros((1, 1)), np.array([[3.0], [-2.0]])).tolist() == [2.0]
