"""Alignment and uniformity: are pairs close, and do the vectors fill the sphere?

Wang and Isola (2020), "Understanding contrastive representation learning through alignment and
uniformity on the hypersphere", equations 4 and 5 with alpha = 2 and t = 2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

Floats = npt.NDArray[np.floating]
_MAX_VECTORS = 2000  # the number of pairs grows quadratically


def alignment(a: Floats, b: Floats) -> float:
    """Mean squared distance of the pairs (a_i, b_i) of unit vectors `[N, d]`: 0 is best, 2 is chance."""
    return float((np.square(np.asarray(a, np.float64) - np.asarray(b, np.float64)).sum(1)).mean())


def uniformity(x: Floats) -> float:
    """Log of the mean of exp(-2 |x_i - x_j|^2) over pairs of unit vectors `[N, d]`: 0 for a single point, -4 for a uniform spread.

    Raises:
        ValueError: There are fewer than two vectors.
    """
    if len(x) < 2:
        raise ValueError("uniformity needs two vectors")
    return float(np.log(np.exp(-2.0 * pdist(np.asarray(x[:_MAX_VECTORS], np.float64), "sqeuclidean")).mean()))
