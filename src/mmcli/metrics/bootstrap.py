"""Confidence intervals by the bootstrap (Efron 1979): resample the items, recompute the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator

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

    def draws(self, repeats: int = REPEATS) -> Wide:
        """The score of resampled items, `[repeats]`; the same items in every draw of any score of equally many."""
        return np.asarray(self.of(sums(self.parts, repeats)))


@lru_cache(maxsize=4)
def resamples(count: int, side: int = 0) -> npt.NDArray[np.uint8]:
    """How often each of `count` items is drawn, `[REPEATS, count]`; the second of two independent sets is side 1."""
    rng, even = generator(0, Purpose.EVALUATE_BOOTSTRAP, side), np.full(count, 1.0 / count)
    return rng.multinomial(count, even, REPEATS).astype(np.uint8)


def sums(values: Floats, repeats: int = REPEATS) -> Wide:
    """Sums of resampled items `[repeats, k]` of `values` `[N, k]`."""
    counts = resamples(len(values))[:repeats]
    blocks = [counts[begin : begin + _BLOCK].astype(np.float64) @ values for begin in range(0, repeats, _BLOCK)]
    return np.concatenate(blocks)


def interval(resampled: Floats) -> Interval:
    """Percentile interval of a resampled statistic `[repeats]`."""
    low, high = np.percentile(resampled, (_TAIL, 100.0 - _TAIL))
    return Interval(float(low), float(high))


def centred(draws: Wide, value: float) -> Wide:
    """Draws moved so that their mean is `value`: resampled sets repeat items, which biases distances between sets upwards."""
    return np.asarray(draws - draws.mean() + value)
