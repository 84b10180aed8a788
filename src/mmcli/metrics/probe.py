"""Linear probe: how much of the label a straight line finds in frozen features.

Multinomial logistic regression with an L2 penalty, fitted by L-BFGS as in scikit-learn, on
features standardised with the training rows' statistics.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Wide = npt.NDArray[np.float64]


def linear_probe(train_x: Floats, train_y: Ints, test_x: Floats, test_y: Ints, *, strength: float = 1.0) -> float:
    """Accuracy on the test rows of a linear classifier fitted on the train rows.

    Args:
        train_x: `[N, d]`.
        train_y: `[N]` labels; negative ones are unknown and left out.
        test_x: `[M, d]`.
        test_y: `[M]` labels; negative ones are left out.
        strength: Inverse weight of the penalty (scikit-learn's C).

    Raises:
        ValueError: No labelled row is left to fit or to test.
    """
    known, tested = train_y >= 0, test_y >= 0
    if not known.any() or not tested.any():
        raise ValueError("a probe needs labelled rows to fit and to test")
    mean, scale = train_x[known].mean(0), train_x[known].std(0)
    scale = np.where(scale > 0, scale, 1.0)
    weights, classes = fit((train_x[known] - mean) / scale, train_y[known], strength)
    scores = with_bias((test_x[tested] - mean) / scale) @ weights
    return float((classes[scores.argmax(1)] == test_y[tested]).mean())


def fit(x: Floats, y: Ints, strength: float = 1.0) -> tuple[Wide, npt.NDArray[np.integer]]:
    """Fit the classifier; returns weights `[d + 1, C]` (the bias last) and the classes `[C]`."""
    classes, targets = np.unique(y, return_inverse=True)
    rows = with_bias(x)
    shape = (rows.shape[1], len(classes))
    hot = np.eye(len(classes))[targets]

    def objective(flat: Wide) -> tuple[float, Wide]:
        weights = flat.reshape(shape)
        log_p = log_softmax(rows @ weights, axis=1)
        free = np.vstack([weights[:-1], np.zeros((1, shape[1]))])  # the bias is not penalised
        loss = -strength * (log_p * hot).sum() + 0.5 * (free**2).sum()
        return float(loss), (strength * rows.T @ (np.exp(log_p) - hot) + free).ravel()

    # The products are so small that threads only wait for each other: one is twenty times faster.
    with threadpool_limits(1):
        found = minimize(objective, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return found.x.reshape(shape), classes


def with_bias(x: Floats) -> Wide:
    """Rows with a constant 1 as last column, in float64."""
    return np.hstack([np.asarray(x, dtype=np.float64), np.ones((len(x), 1))])
