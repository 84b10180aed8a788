"""Scores from a classifier's probabilities, and spread within a class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist
from scipy.special import xlogy

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
_MAX_PER_CLASS = 1000  # the number of pairs grows quadratically


def inception_score(probabilities: Floats) -> float:
    """Exponential of the mean divergence between p(class | item) and p(class), rows `[N, C]`.

    Salimans et al. (2016), arXiv 1606.03498: 1 is worst, the number of classes is best.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    marginal = p.mean(0, keepdims=True)
    divergence = (xlogy(p, p) - xlogy(p, marginal)).sum(1)
    return float(np.exp(divergence.mean()))


def diversity(features: Floats, groups: Ints) -> float:
    """Mean distance between two items of one group, averaged over the groups of two or more.

    Raises:
        ValueError: No group has two items.
    """
    means = []
    for group in np.unique(groups):
        rows = np.asarray(features[groups == group][:_MAX_PER_CLASS], dtype=np.float64)
        if len(rows) > 1:
            means.append(float(pdist(rows).mean()))
    if not means:
        raise ValueError("no two items share a group")
    return float(np.mean(means))
