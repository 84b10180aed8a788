"""KID against the double sum and its expectation."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.kid import kernel_distance


def test_equals_the_double_sum(rng):
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)) + 1

    def kernel(a, b):
        return (a @ b / 3 + 1) ** 3

    within_x = np.mean([kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    within_y = np.mean([kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    across = np.mean([kernel(a, b) for a in x for b in y])
    assert kernel_distance(x, y) == pytest.approx(within_x + within_y - 2 * across)


def test_blocks_do_not_change_it(rng, monkeypatch):
    x, y = rng.normal(size=(50, 4)), rng.normal(size=(40, 4))
    whole = kernel_distance(x, y)
    monkeypatch.setattr("mmcli.metrics.unpaired.kid._BLOCK", 7)
    assert kernel_distance(x, y) == pytest.approx(whole)


def test_equal_distributions_average_to_zero(rng):
    values = [kernel_distance(rng.normal(size=(50, 4)), rng.normal(size=(50, 4))) for _ in range(200)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(200)
    assert min(values) < 0
