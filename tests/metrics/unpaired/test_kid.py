"""KID against the double sum and its expectation."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.kid import kernel_distance, kernel_draws


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


def test_draws_leave_out_pairs_of_an_item_with_itself(rng, monkeypatch):
    monkeypatch.setattr("mmcli.metrics.unpaired.kid._BLOCK", 4)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)) + 1
    once = kernel_draws(x, y, np.ones((1, 7), int), np.ones((1, 5), int))
    assert once == pytest.approx([kernel_distance(x, y)], rel=1e-4)
    # Draws (0, 0, 1) of x and all of y: the pairs of different items of x are (0, 1) twice, in both orders.
    found = kernel_draws(x, y, np.array([[2, 1, 0, 0, 0, 0, 0]]), np.ones((1, 5), int))
    within_y = np.mean([(a @ b / 3 + 1) ** 3 for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    across = np.mean([(x[i] @ b / 3 + 1) ** 3 for i in (0, 0, 1) for b in y])
    assert found == pytest.approx([(x[0] @ x[1] / 3 + 1) ** 3 + within_y - 2 * across], rel=1e-4)


def test_draws_of_equal_distributions_average_to_the_distance(rng):
    x, y = rng.normal(size=(60, 4)), rng.normal(size=(50, 4))
    counts = [rng.multinomial(n, [1 / n] * n, 400) for n in (60, 50)]
    draws = kernel_draws(x, y, *counts)
    assert draws.mean() == pytest.approx(kernel_distance(x, y), abs=3 * draws.std() / 20)
