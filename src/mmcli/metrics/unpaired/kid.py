"""Kernel distance between two sets of features (KID, Binkowski et al. 2018, arXiv 1801.01401).

The unbiased estimate of the squared maximum mean discrepancy under a cubic polynomial kernel. Its
expectation does not depend on N and is 0 for equal distributions; it may be negative.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
Narrow = npt.NDArray[np.float32]
Counts = npt.NDArray[np.integer]
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
    within_x = (_sum_within(wide_x) - _self_sum(wide_x)) / (n * (n - 1))
    within_y = (_sum_within(wide_y) - _self_sum(wide_y)) / (m * (m - 1))
    return float(within_x + within_y - 2 * _kernel_sum(wide_x, wide_y) / (n * m))


def kernel_draws(x: Floats, y: Floats, counts_x: Counts, counts_y: Counts) -> Wide:
    """The distance of resampled sets, `[repeats]`: item i of a set counts as often as `counts [repeats, N]` says.

    Pairs of an item with itself are left out, also where it was drawn twice; otherwise the estimate would be biased.
    """
    narrow_x, narrow_y = (np.asarray(side, dtype=np.float32) for side in (x, y))
    within = [_within(side, counts.astype(np.float32)) for side, counts in ((narrow_x, counts_x), (narrow_y, counts_y))]
    n, m = counts_x.sum(1), counts_y.sum(1)
    between = _weighted_sum(narrow_x, narrow_y, counts_x.astype(np.float32), counts_y.astype(np.float32))
    return np.asarray(within[0] + within[1] - 2.0 * between / (n * m))


def _within(x: Narrow, counts: Narrow) -> Wide:
    """Mean of the kernel over pairs of different items."""
    squares = counts.astype(np.float64) ** 2
    own = ((x.astype(np.float64) ** 2).sum(1) / x.shape[1] + 1.0) ** 3
    pairs = counts.sum(1, dtype=np.float64) ** 2 - squares.sum(1)
    return np.asarray((_weighted_sum(x, x, counts, counts) - squares @ own) / pairs)


def _weighted_sum(x: Narrow, y: Narrow, counts_x: Narrow, counts_y: Narrow) -> Wide:
    """Per draw, the sum of the kernel over all pairs as often as both were drawn."""
    total = np.zeros(len(counts_x))
    for begin in range(0, len(x), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        kernel = _cubes(x[rows] @ (y.T / np.float32(x.shape[1])))
        total += ((counts_x[:, rows] @ kernel) * counts_y).sum(1, dtype=np.float64)
    return total


def _kernel_sum(x: Wide, y: Wide) -> float:
    return sum(float(_cubes(x[i : i + _BLOCK] @ (y.T / x.shape[1])).sum()) for i in range(0, len(x), _BLOCK))


def _sum_within(x: Wide) -> float:
    """Sum of the kernel over all pairs of one set: each block of pairs of different blocks counts for its mirror image."""
    starts = range(0, len(x), _BLOCK)
    return sum(2.0 * _kernel_sum(x[i : i + _BLOCK], x[i + _BLOCK :]) + _kernel_sum(x[i : i + _BLOCK], x[i : i + _BLOCK]) for i in starts)


def _self_sum(x: Wide) -> float:
    return float((((x**2).sum(1) / x.shape[1] + 1) ** 3).sum())


def _cubes(products: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(x + 1)^3; `**` takes ten times as long."""
    products += products.dtype.type(1.0)
    return np.asarray(products * products * products)
