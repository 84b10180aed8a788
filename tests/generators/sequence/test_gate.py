"""A change is kept if something got better beyond chance and nothing worse."""

from __future__ import annotations

import numpy as np

from mmcli.generators.sequence.gate import Measure, kept
from mmcli.metrics.bootstrap import Pooled

RNG = np.random.default_rng(0)
ITEMS = RNG.normal(50.0, 20.0, 200)


def _chrf(gain: float) -> dict[str, Measure]:
    return {"chrf": Measure(Pooled.mean(ITEMS + gain + RNG.normal(0.0, 1.0, 200)), 1)}


def _nll(rise: float) -> dict[str, Measure]:
    return {"nll": Measure(Pooled.mean(ITEMS / 20.0 + rise), -1)}


def test_better_is_kept_although_items_differ_by_more() -> None:
    assert kept(_chrf(0.0), _chrf(1.0))


def test_equal_and_worse_are_not_kept() -> None:
    assert not kept(_chrf(0.0), _chrf(0.0))
    assert not kept(_chrf(0.0), _chrf(-1.0))


def test_less_is_better_for_some_scores_and_one_that_is_worse_decides() -> None:
    assert kept(_nll(0.0), _nll(-0.1))
    assert not kept(_chrf(0.0) | _nll(0.0), _chrf(5.0) | _nll(0.1))
