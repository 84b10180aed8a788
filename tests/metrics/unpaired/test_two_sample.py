"""A classifier between two sets."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.two_sample import gram_counts, two_sample_auc


def test_equal_distributions_cannot_be_told_apart() -> None:
    rng = np.random.default_rng(0)
    assert float(two_sample_auc(rng.normal(size=(300, 8)), rng.normal(size=(200, 8)))) == pytest.approx(0.5, abs=0.1)


def test_a_shift_is_found() -> None:
    rng = np.random.default_rng(0)
    assert float(two_sample_auc(rng.normal(size=(200, 8)) + 2.0, rng.normal(size=(200, 8)))) > 0.98


def test_texts_in_another_order_are_found() -> None:
    rng = np.random.default_rng(0)
    texts = [[(start + step) % 20 for step in range(7)] for start in rng.integers(0, 20, 400)]
    shuffled = [list(rng.permutation(text)) for text in texts[:200]]
    assert float(two_sample_auc(gram_counts(shuffled), gram_counts(texts[200:]))) > 0.95
    assert float(two_sample_auc(gram_counts(texts[:200]), gram_counts(texts[200:]))) < 0.6


def test_grams_include_both_ends() -> None:
    found = gram_counts([[5], [5, 5]])
    assert found.shape[0] == 2
    assert found[0].nnz == 6  # start, 5, end, two pairs, one triple
