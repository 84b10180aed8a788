"""Frechet distance between two sets of features, each modelled as a Gaussian.

Heusel et al. (2017), arXiv 1706.08500. At small N the estimate is mostly bias, so it is
meaningful only next to that of real data at the same N.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
Counts = npt.NDArray[np.integer]
_BLOCK = 512


def frechet_distance(x: Floats, y: Floats) -> float:
    """Distance between features `[N, d]` and `[M, d]`: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).

    Raises:
        ValueError: A set has fewer than two rows.
    """
    if min(len(x), len(y)) < 2:
        raise ValueError("a covariance needs at least two rows")
    return gaussian_distance(*_moments(x), *_moments(y))


def gaussian_distance(mean_1: Wide, cov_1: Wide, mean_2: Wide, cov_2: Wide) -> float:
    """The same from means `[d]` and covariances `[d, d]`.

    The trace of (S1 S2)^(1/2) is the sum of the square roots of the eigenvalues of the symmetric
    S1^(1/2) S2 S1^(1/2), which exists for singular covariances too.
    """
    values, vectors = np.linalg.eigh(cov_1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = root @ cov_2 @ root
    trace = np.sqrt(np.clip(np.linalg.eigvalsh((inner + inner.T) / 2), 0, None)).sum()
    distance = ((mean_1 - mean_2) ** 2).sum() + np.trace(cov_1) + np.trace(cov_2) - 2 * trace
    return max(0.0, float(distance))


def frechet_draws(x: Floats, y: Floats, counts_x: Counts, counts_y: Counts) -> Wide:
    """The distance of resampled sets, `[repeats]`: item i of a set counts as often as `counts [repeats, N]` says."""
    sides = (_resampled_moments(side, counts) for side, counts in ((x, counts_x), (y, counts_y)))
    return np.array([gaussian_distance(*first, *second) for first, second in zip(*sides, strict=True)])


def _resampled_moments(x: Floats, counts: Counts) -> Iterator[tuple[Wide, Wide]]:
    """Mean and covariance per draw, from sums of the products of all pairs of features."""
    wide = np.asarray(x, dtype=np.float64)
    centre = wide.mean(0)
    wide = wide - centre
    upper = np.triu_indices(wide.shape[1])
    total = counts.sum(1, dtype=np.float64)
    first, second = np.zeros((len(counts), wide.shape[1])), np.zeros((len(counts), len(upper[0])))
    for begin in range(0, len(wide), _BLOCK):
        rows, weights = wide[begin : begin + _BLOCK], counts[:, begin : begin + _BLOCK].astype(np.float64)
        first += weights @ rows
        second += weights @ (rows[:, upper[0]] * rows[:, upper[1]])
    for mean, products, number in zip(first / total[:, None], second, total, strict=True):
        covariance = np.empty((len(mean), len(mean)))
        covariance[upper] = products
        covariance.T[upper] = products
        yield mean + centre, (covariance - number * np.outer(mean, mean)) / (number - 1.0)


def _moments(x: Floats) -> tuple[Wide, Wide]:
    wide = np.asarray(x, dtype=np.float64)
    return wide.mean(0), np.atleast_2d(np.cov(wide, rowvar=False))
