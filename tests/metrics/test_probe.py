"""The linear probe: its optimum, its classes, unknown labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from mmcli.metrics.probe import Probe, linear_probe, probe_of


def _clusters(rng, n):
    labels = rng.integers(0, 4, n)
    return np.eye(4)[labels] @ np.ones((4, 6)) * labels[:, None] + rng.normal(size=(n, 6)), labels


def _optimum(x, labels, strength):
    """Weights `[d + 1, C]` of the least penalised cross-entropy, the bias last and free."""
    rows, hot = np.hstack([x, np.ones((len(x), 1))]), np.eye(labels.max() + 1)[labels]
    shape = (rows.shape[1], hot.shape[1])

    def loss(flat):
        weights = flat.reshape(shape)
        return -strength * (log_softmax(rows @ weights, 1) * hot).sum() + 0.5 * (weights[:-1] ** 2).sum()

    return minimize(loss, np.zeros(shape[0] * shape[1]), method="L-BFGS-B").x.reshape(shape)


def test_accuracy_equals_scikit_learn(rng):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    (train_x, train_y), (test_x, test_y) = _clusters(rng, 300), _clusters(rng, 400)
    scaler = StandardScaler().fit(train_x)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(train_x), train_y)
    expected = model.score(scaler.transform(test_x), test_y)
    assert linear_probe(train_x, train_y, test_x, test_y) == pytest.approx(expected, abs=1 / 400)


@pytest.mark.parametrize("strength", [0.1, 1.0])
def test_probabilities_are_those_of_the_least_penalised_cross_entropy(rng, strength):
    (x, labels), (other, _) = _clusters(rng, 300), _clusters(rng, 50)
    mean, sd = x.mean(0), x.std(0)
    weights = _optimum((x - mean) / sd, labels, strength)
    expected = np.exp(log_softmax(np.hstack([(other - mean) / sd, np.ones((50, 1))]) @ weights, 1))
    np.testing.assert_allclose(Probe(x, labels, strength=strength).probabilities(other), expected, atol=5e-3)


def test_features_are_standardised_by_the_rows_of_the_fit_unless_not_wanted(rng):
    x, labels = _clusters(rng, 300)
    far = Probe(100.0 + 1000.0 * x, labels).probabilities(100.0 + 1000.0 * x)
    np.testing.assert_allclose(far, Probe(x, labels).probabilities(x), atol=1e-3)
    small = Probe(0.01 * x, labels, standardise=False).probabilities(0.01 * x)
    assert np.abs(small - Probe(x, labels, standardise=False).probabilities(x)).max() > 0.1


def test_unknown_labels_are_left_out(rng):
    x, y = _clusters(rng, 200)
    y = np.where(np.arange(200) < 50, -1, y)
    assert linear_probe(x, y, x, y) == linear_probe(x[50:], y[50:], x[50:], y[50:])
    assert Probe(x, np.where(y == 2, -1, y)).classes.tolist() == [0, 1, 3]
    assert Probe(x, y).accuracy(x, np.full(200, -1)) is None


def test_no_labels_is_an_error(rng):
    with pytest.raises(ValueError, match="label"):
        linear_probe(np.ones((3, 2)), np.full(3, -1), np.ones((3, 2)), np.zeros(3, int))
    with pytest.raises(ValueError, match="label"):
        linear_probe(*_clusters(rng, 30), np.ones((3, 6)), np.full(3, -1))
    assert probe_of(np.ones((3, 2)), np.array([1, 1, -1])) is None
