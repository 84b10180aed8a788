"""Linear probe: how much of the label a straight line finds in frozen features.

Scikit-learn's logistic regression (multinomial, L2 penalty, L-BFGS). It is imported where a probe is
fitted: that takes 0.4 s, which commands that only carry this module along need not wait for.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
_MAX_ITERATIONS = 300


class Probe:
    """A linear classifier of labels, fitted once and used on many inputs.

    Args:
        x: `[N, d]`.
        labels: `[N]`; negative ones are unknown and left out.
        strength: Inverse weight of the penalty (scikit-learn's C).
        standardise: Bring every feature to mean 0 and variance 1 first, by the statistics of these rows.

    Attributes:
        classes: Labels that were seen, ascending `[C]`.

    Raises:
        ValueError: Fewer than two labels are known.
    """

    def __init__(self, x: Floats, labels: Ints, *, strength: float = 1.0, standardise: bool = True) -> None:
        known = labels >= 0
        if len(set(labels[known].tolist())) < 2:
            raise ValueError("a probe needs rows with two labels")
        self._model = _fitted(x[known], labels[known], strength, standardise)
        self.classes: Ints = self._model.classes_

    def probabilities(self, x: Floats) -> Floats:
        """Probability of each class for rows `[N, d]`: `[N, C]`."""
        found: Floats = self._model.predict_proba(x)
        return found

    def accuracy(self, x: Floats, labels: Ints) -> float | None:
        """Share of the labelled rows that are named right; `None` where no row has a label."""
        known = labels >= 0
        if not known.any():
            return None
        return float((self._model.predict(x[known]) == labels[known]).mean())


def probe_of(x: Floats, labels: Ints) -> Probe | None:
    """A probe, or `None` where there is nothing to tell apart."""
    return Probe(x, labels) if len(set(labels[labels >= 0].tolist())) >= 2 else None


def linear_probe(train_x: Floats, train_y: Ints, test_x: Floats, test_y: Ints, *, strength: float = 1.0) -> float:
    """Accuracy on the test rows of a probe fitted on the train rows.

    Args:
        train_x: `[N, d]`.
        train_y: `[N]` labels; negative ones are unknown and left out.
        test_x: `[M, d]`.
        test_y: `[M]` labels; negative ones are left out.
        strength: Inverse weight of the penalty (scikit-learn's C).

    Raises:
        ValueError: Fewer than two labels are left to fit, or none to test.
    """
    if not (test_y >= 0).any():
        raise ValueError("a probe needs labelled rows to test")
    found = Probe(train_x, train_y, strength=strength).accuracy(test_x, test_y)
    assert found is not None
    return found


def _fitted(x: Floats, labels: Ints, strength: float, standardise: bool) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=strength, max_iter=_MAX_ITERATIONS)
    # The products are so small that threads only wait for each other: on 10,000 rows of width 64 and two cores
    # one takes 0.06 s and two take 0.24 s.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a probe that is nearly fitted says as much
        return make_pipeline(*([StandardScaler()] if standardise else []), model).fit(x, labels)
