"""Detect copies of training items: nearest train against nearest held-out items."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.unpaired.manifold import distance_blocks

Floats = npt.NDArray[np.floating]
Wide = npt.NDArray[np.float64]
_COPY_QUANTILE = 0.01


def nearest(x: Floats, y: Floats) -> tuple[npt.NDArray[np.intp], Wide]:
    """The nearest row of `y` `[M, d]` to every row of `x` `[N, d]`, and its distance."""
    numbers, found = np.empty(len(x), dtype=np.intp), np.empty(len(x))
    for rows, distance in distance_blocks(x, y):
        numbers[rows] = distance.argmin(1)
        found[rows] = distance[np.arange(len(rows)), numbers[rows]]
    return numbers, found


def nearest_distance(x: Floats, y: Floats) -> Wide:
    """Distance of every row of `x` `[N, d]` to its nearest row of `y` `[M, d]`."""
    return nearest(x, y)[1]


def copied(samples: Floats, between: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which samples, and which train items, are nearer to a train item than 99 % of train items are to another one.

    Args:
        samples: `[N]` distance of each sample to its nearest train item.
        between: `[M]` distance of each train item to its nearest other train item.
    """
    bound = np.quantile(between, _COPY_QUANTILE)
    return samples <= bound, between <= bound


def nearer_to_train(samples: Floats, train: Floats, held_out: Floats) -> Pooled:
    """Fraction of samples closer to train than to held-out items; 0.5 without copying.

    Sets of equal size are compared: the train set is split into parts as large as the held-out set (or
    vice versa), and the fraction is the mean over the parts. Equal distances count as one half.
    """
    size = min(len(train), len(held_out))
    trains = [nearest_distance(samples, part) for part in _parts(train, size)]
    others = [nearest_distance(samples, part) for part in _parts(held_out, size)]
    return Pooled.mean(np.mean([(a < b) + 0.5 * (a == b) for a in trains for b in others], axis=0))


def _parts(x: Floats, size: int) -> list[Floats]:
    return [x[i : i + size] for i in range(0, len(x) - size + 1, size)]
