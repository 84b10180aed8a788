"""Whether a change of a generator is kept: nothing that is measured on held-out texts got worse, and something got better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmcli.metrics.bootstrap import Pooled, interval


@dataclass(frozen=True)
class Measure:
    """A score of held-out texts.

    Attributes:
        found: The score of these texts.
        sign: 1 if more is better, otherwise -1.
    """

    found: Pooled
    sign: int


def kept(before: Mapping[str, Measure], after: Mapping[str, Measure]) -> bool:
    """Whether some score is better and none is worse, each beyond the 95 % confidence interval of the difference (paired bootstrap)."""
    gains = [interval(one.sign * (one.found.draws() - before[name].found.draws())) for name, one in after.items()]
    return any(gain.low > 0 for gain in gains) and not any(gain.high < 0 for gain in gains)
