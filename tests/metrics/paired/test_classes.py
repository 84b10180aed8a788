"""Inception score, confusion and diversity at their known points."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.paired.classes import diversity, inception_score
from mmcli.metrics.paired.confusion import confusion


def test_inception_score_spans_one_to_the_number_of_classes():
    assert inception_score(np.eye(10)) == pytest.approx(10.0)
    assert inception_score(np.full((50, 10), 0.1)) == pytest.approx(1.0)
    assert inception_score(np.eye(10)[[3] * 20]) == pytest.approx(1.0)


def test_confusion_counts_asked_against_read():
    assert confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [[1, 1], [0, 1]]


def test_diversity_is_within_groups():
    features = np.array([[0.0], [1.0], [100.0], [103.0], [7.0]])
    assert diversity(features, np.array([0, 0, 1, 1, 2])) == pytest.approx(2.0)


def test_diversity_needs_two_items_of_a_group():
    with pytest.raises(ValueError, match="share"):
        diversity(np.ones((2, 2)), np.array([0, 1]))
