"""Differences between the scores of several samples, with intervals by the paired bootstrap (Koehn 2004; Efron, Tibshirani 1993).

All scores of equally many items are resampled alike (`bootstrap.resamples`), so where two samples were made from the same
conditions, item by item, the difference of their resampled values is paired.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mmcli.core.streams import Purpose, generator
from mmcli.metrics.bootstrap import interval
from mmcli.metrics.score import Score


@dataclass(frozen=True)
class Difference:
    """A score less the score that it is compared with.

    Attributes:
        value: The difference.
        low: Lower end of its 95 % confidence interval; `None` if the score has none.
        high: Its upper end.
        word: `better` or `worse` if the interval excludes 0, otherwise empty.
    """

    value: float
    low: float | None = None
    high: float | None = None
    word: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return asdict(self)


def difference(first: Score, other: Score, *, paired: bool) -> Difference | None:
    """How `other` differs from `first`; `None` if one has no value.

    Args:
        first: The score to compare with.
        other: The same score of other samples.
        paired: Whether item i of both has the same condition. Otherwise the draws of one are shuffled, so that they are independent.
    """
    if first.value is None or other.value is None:
        return None
    value = other.value - first.value
    if first.draws is None or other.draws is None:
        return Difference(value)
    draws = other.draws if paired else generator(0, Purpose.EVALUATE_COMPARE).permutation(other.draws)
    ends = interval(draws - first.draws)
    sign = 1 if first.better == "higher" else -1
    word = "better" if min(sign * ends.low, sign * ends.high) > 0 else "worse" if max(sign * ends.low, sign * ends.high) < 0 else ""
    return Difference(value, ends.low, ends.high, word)
