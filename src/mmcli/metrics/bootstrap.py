"""Confidence intervals by the bootstrap (Efron 1979): resample the items, recompute the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
REPEATS = 1000
_TAIL = 2.5  # percent on each side
_BLOCK = 100


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


def means(values: Floats, rng: np.random.Generator, repeats: int = REPEATS) -> npt.NDArray[np.float64]:
    """Means of resampled items `[repeats, ...]` of `values` `[N, ...]`."""
    values = np.asarray(values, dtype=np.float64)
    flat = values.reshape(len(values), -1)
    even = np.full(len(values), 1.0 / len(values))
    parts = [rng.multinomial(len(values), even, min(_BLOCK, repeats - begin)) @ flat for begin in range(0, repeats, _BLOCK)]
    return (np.concatenate(parts) / len(values)).reshape(repeats, *values.shape[1:])


def interval(resampled: Floats) -> Interval:
    """Percentile interval of a resampled statistic `[repeats]`."""
    low, high = np.percentile(resampled, (_TAIL, 100.0 - _TAIL))
    return Interval(float(low), float(high))


def mean_interval(values: Floats, rng: np.random.Generator) -> Interval:
    """Interval of the mean of `values` `[N]`."""
    return interval(means(values, rng))
