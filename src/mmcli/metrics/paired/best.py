"""Items with several references: the best one counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.metrics.bootstrap import Pooled

Wide = npt.NDArray[np.float64]
Pairs = Callable[[Sequence[Any], Sequence[Any]], Wide]


def best_of(pairs: Pairs, items: Sequence[Any], references: Sequence[Sequence[Any]], better: np.ufunc) -> Pooled:
    """The mean over N items of the best score among their references.

    Args:
        pairs: Function from equally many items and references to a score for each pair, `[n]`.
        items: N items.
        references: One or more of each.
        better: `np.maximum` or `np.minimum`.
    """
    counts = [len(own) for own in references]
    owner = np.repeat(np.arange(len(items)), counts)
    found = pairs([items[i] for i in owner.tolist()], [one for own in references for one in own])
    return Pooled.mean(better.reduceat(found, np.cumsum([0, *counts[:-1]])))
