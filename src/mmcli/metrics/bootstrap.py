"""Confidence intervals by the bootstrap (Efron 1979): resample the items, recompute the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
REPEATS = 1000
_TAIL = 2.5  # percent on each side
_BLOCK = 100


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


def ratio(sums: Wide) -> Wide:
    """Quotient of two sums `[..., 2]`; the first if the second is 0, as error rates are defined."""
    return np.asarray(sums[..., 0] / np.where(sums[..., 1] == 0, 1.0, sums[..., 1]))


@dataclass(frozen=True, eq=False)
class Pooled:
    """A score of sums of statistics over all items, such as BLEU, whose precisions are those of all texts together.

    Attributes:
        parts: Statistics `[N, k]` per item.
        of: Function from their sums `[..., k]` to scores `[...]`.
    """

    parts: Wide
    of: Callable[[Wide], Wide] = ratio

    @classmethod
    def mean(cls, values: npt.ArrayLike) -> Pooled:
        """The mean of `values` `[N]`."""
        wide = np.asarray(values, dtype=np.float64)
        return cls(np.stack([wide, np.ones(len(wide))], axis=1))

    def __len__(self) -> int:
        return len(self.parts)

    def __float__(self) -> float:
        return float(self.of(self.parts.sum(0)))

    def draws(self, rng: np.random.Generator, repeats: int = REPEATS) -> Wide:
        """The score of resampled items, `[repeats]`; equal generators resample equally many items alike."""
        return np.asarray(self.of(sums(self.parts, rng, repeats)))


def sums(values: Floats, rng: np.random.Generator, repeats: int = REPEATS) -> Wide:
    """Sums of resampled items `[repeats, ...]` of `values` `[N, ...]`."""
    values = np.asarray(values, dtype=np.float64)
    flat = values.reshape(len(values), -1)
    even = np.full(len(values), 1.0 / len(values))
    parts = [rng.multinomial(len(values), even, min(_BLOCK, repeats - begin)) @ flat for begin in range(0, repeats, _BLOCK)]
    return np.concatenate(parts).reshape(repeats, *values.shape[1:])


def means(values: Floats, rng: np.random.Generator, repeats: int = REPEATS) -> Wide:
    """Means of resampled items `[repeats, ...]` of `values` `[N, ...]`."""
    return sums(values, rng, repeats) / len(values)


def interval(resampled: Floats) -> Interval:
    """Percentile interval of a resampled statistic `[repeats]`."""
    low, high = np.percentile(resampled, (_TAIL, 100.0 - _TAIL))
    return Interval(float(low), float(high))


def mean_interval(values: Floats, rng: np.random.Generator) -> Interval:
    """Interval of the mean of `values` `[N]`."""
    return interval(means(values, rng))
