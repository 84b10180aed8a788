"""Retrieval against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.paired.retrieval import average_precision, retrieve


def test_perfect_encoder_finds_every_pair():
    found = retrieve(np.eye(20), np.eye(20))
    assert found.recall == {1: 1.0, 5: 1.0, 10: 1.0}
    assert (found.median_rank, found.mean_ap) == (1.0, 1.0)


def test_constant_encoder_scores_chance():
    same = np.ones((40, 8), np.float32) * 0.3
    found = retrieve(same, same)
    assert found.recall == pytest.approx({1: 1 / 40, 5: 5 / 40, 10: 10 / 40})
    assert found.recall == pytest.approx(found.chance)
    assert found.median_rank == pytest.approx(20.5)


def test_constant_encoder_with_labels_scores_chance():
    same, labels = np.ones((30, 4)), np.arange(30) % 3
    found = retrieve(same, same, labels)
    assert found.recall[1] == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(found.chance)


def test_same_label_counts_as_a_match():
    vectors = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    assert retrieve(vectors, vectors).recall[1] == pytest.approx(0.5)
    assert retrieve(vectors, vectors, np.array([0, 0, 1, 1, 2, 2])).recall[1] == 1.0


def test_ranks_equal_brute_force_without_ties(rng):
    queries, gallery = rng.normal(size=(50, 6)), rng.normal(size=(50, 6))
    cosine = (queries @ gallery.T) / np.linalg.norm(queries, axis=1)[:, None] / np.linalg.norm(gallery, axis=1)
    ranks = (cosine > np.diag(cosine)[:, None]).sum(1) + 1
    found = retrieve(queries, gallery)
    assert found.recall[5] == pytest.approx((ranks <= 5).mean())
    assert found.median_rank == np.median(ranks)
    assert found.mean_ap == pytest.approx((1 / ranks).mean())


def test_average_precision_with_ties_is_the_mean_over_orders(rng):
    scores = np.array([[3.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0]])
    match = np.array([[False, True, False, True, False, True, False]])
    values = []
    for _ in range(20_000):
        order = np.lexsort((rng.random(7), -scores[0]))
        hit = match[0][order]
        values.append((np.cumsum(hit) / np.arange(1, 8))[hit].mean())
    assert average_precision(scores, match)[0] == pytest.approx(np.mean(values), abs=3e-3)


def test_unknown_label_matches_its_own_row_only():
    found = retrieve(np.eye(4), np.eye(4)[[1, 0, 2, 3]], np.array([-1, -1, 5, 5]))
    assert found.recall[1] == pytest.approx(0.5)


def test_queries_without_a_match_are_left_out():
    found = retrieve(np.eye(3), np.eye(3)[:2], np.array([0, 1, 2]), np.array([0, 1]))
    assert (found.num_queries, found.num_gallery, found.recall[1]) == (2, 2, 1.0)
