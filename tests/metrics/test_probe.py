"""The linear probe against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.probe import linear_probe


def _clusters(rng, n):
    labels = rng.integers(0, 4, n)
    return np.eye(4)[labels] @ np.ones((4, 6)) * labels[:, None] + rng.normal(size=(n, 6)), labels


def test_accuracy_equals_scikit_learn(rng):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    (train_x, train_y), (test_x, test_y) = _clusters(rng, 300), _clusters(rng, 400)
    scaler = StandardScaler().fit(train_x)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(train_x), train_y)
    expected = model.score(scaler.transform(test_x), test_y)
    assert linear_probe(train_x, train_y, test_x, test_y) == pytest.approx(expected, abs=1 / 400)


def test_unknown_labels_are_left_out(rng):
    x, y = _clusters(rng, 200)
    y = np.where(np.arange(200) < 50, -1, y)
    assert linear_probe(x, y, x, y) == linear_probe(x[50:], y[50:], x[50:], y[50:])


def test_no_labels_is_an_error(rng):
    with pytest.raises(ValueError, match="labelled"):
        linear_probe(np.ones((3, 2)), np.full(3, -1), np.ones((3, 2)), np.zeros(3, int))
