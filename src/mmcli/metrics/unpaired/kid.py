"""Kernel distance between two sets of features (KID, Binkowski et al. 2018, arXiv 1801.01401).

The unbiased estimate of the squared maximum mean discrepancy under a cubic polynomial kernel. Its
expectation does not depend on N and is 0 for equal distributions; it may be negative.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
_BLOCK = 1024


def kernel_distance(x: Floats, y: Floats) -> float:
    """Unbiased squared MMD of features `[N, d]` and `[M, d]`, kernel (x.y / d + 1)^3.

    Raises:
        ValueError: A set has fewer than two rows.
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError("the unbiased estimate needs at least two rows")
    wide_x, wide_y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    within_x = (_kernel_sum(wide_x, wide_x) - _self_sum(wide_x)) / (n * (n - 1))
    within_y = (_kernel_sum(wide_y, wide_y) - _self_sum(wide_y)) / (m * (m - 1))
    return float(within_x + within_y - 2 * _kernel_sum(wide_x, wide_y) / (n * m))


def _kernel_sum(x: Wide, y: Wide) -> float:
    return sum(float(((x[i : i + _BLOCK] @ y.T / x.shape[1] + 1) ** 3).sum()) for i in range(0, len(x), _BLOCK))


def _self_sum(x: Wide) -> float:
    return float((((x**2).sum(1) / x.shape[1] + 1) ** 3).sum())
