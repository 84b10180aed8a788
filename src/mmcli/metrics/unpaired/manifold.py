"""Precision, recall, density and coverage by nearest neighbours.

Precision and recall: Kynkaanniemi et al. (2019), arXiv 1904.06991. Density and coverage: Naeem et
al. (2020), arXiv 2002.09797. A ball includes its surface, so exact duplicates are inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
_BLOCK = 512
_SLACK = 1e-5  # relative: the same item's features differ by that much between batches


@dataclass(frozen=True)
class Manifold:
    """Fractions of items inside the other set's k-nearest-neighbour balls.

    Attributes:
        precision: Fraction of samples inside a ball of a real item.
        recall: Fraction of real items inside a ball of a sample.
        density: Mean number of real balls around a sample, over k; may exceed 1.
        coverage: Fraction of real items with a sample inside their ball.
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True)
class ManifoldItems:
    """The same per item: `precision` and `density` `[M]` of samples, `recall` and `coverage` `[N]` of real items."""

    precision: Wide
    recall: Wide
    density: Wide
    coverage: Wide


def manifold(real: Floats, samples: Floats, k: int = 5, radius: Wide | None = None) -> Manifold:
    """Compare samples `[M, d]` with real items `[N, d]`.

    Args:
        real: Real items.
        samples: Samples.
        k: Number of neighbours.
        radius: `[N]` distance of each real item to its k-th nearest other one, if it is known.

    Raises:
        ValueError: A set has no more than `k` rows.
    """
    found = manifold_items(real, samples, k, radius)
    return Manifold(*(float(values.mean()) for values in (found.precision, found.recall, found.density, found.coverage)))


def manifold_items(real: Floats, samples: Floats, k: int = 5, radius: Wide | None = None) -> ManifoldItems:
    """See `manifold`."""
    if min(len(real), len(samples)) <= k:
        raise ValueError(f"{k} neighbours need more than {k} rows")
    slack = _SLACK * float(np.sqrt((np.asarray(real, dtype=np.float64) ** 2).sum(1).mean()))
    real_radius = (neighbour_distance(real, k) if radius is None else radius) + slack
    sample_radius = neighbour_distance(samples, k) + slack
    covered = np.zeros(len(real), dtype=bool)
    recalled = np.zeros(len(real), dtype=bool)
    balls = np.zeros(len(samples))
    for rows, distance in distance_blocks(samples, real):
        inside = distance <= real_radius[None, :]
        balls[rows] = inside.sum(1)
        covered |= inside.any(0)
        recalled |= (distance <= sample_radius[rows, None]).any(0)
    return ManifoldItems((balls > 0).astype(np.float64), recalled.astype(np.float64), balls / k, covered.astype(np.float64))


def neighbour_distance(x: Floats, k: int = 1) -> Wide:
    """Distance of every row to its k-th nearest other row, `[N]`."""
    found = np.empty(len(x))
    for rows, distance in distance_blocks(x, x):
        distance[np.arange(len(rows)), rows] = np.inf
        found[rows] = np.partition(distance, k - 1, axis=1)[:, k - 1]
    return found


def distance_blocks(x: Floats, y: Floats) -> Iterator[tuple[npt.NDArray[np.intp], Wide]]:
    """Row indices of `x` and their distances `[block, M]` to all rows of `y`.

    By matrix products, five times as fast as differences. Their rounding is cut off: nearer than `_SLACK` is equal.
    """
    wide_x, wide_y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    centre = wide_y.mean(0)
    wide_x, wide_y = wide_x - centre, wide_y - centre  # small numbers, small errors
    squares_x, squares_y = (wide_x**2).sum(1), (wide_y**2).sum(1)
    least = _SLACK**2 * squares_y.mean()
    for begin in range(0, len(x), _BLOCK):
        rows = np.arange(begin, min(begin + _BLOCK, len(x)))
        found = wide_x[rows] @ (-2.0 * wide_y.T)
        found += squares_x[rows, None]
        found += squares_y
        found[found <= least] = 0.0
        yield rows, np.sqrt(found, out=found)
