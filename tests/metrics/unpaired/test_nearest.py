"""Exact search in blocks equals a full sort."""

import numpy as np
import pytest

from mmcli.metrics.unpaired import nearest


def sorted_search(queries, gallery, k):
    products = queries @ gallery.T
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(products, order, 1)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(nearest, "_QUERY_BLOCK", 7)
    monkeypatch.setattr(nearest, "_GALLERY_BLOCK", 16)


@pytest.mark.parametrize(("size", "k"), [(100, 5), (100, 1), (100, 40), (16, 3), (3, 10), (33, 33)])
def test_equals_a_full_sort(size, k):
    rng = np.random.default_rng(size + k)
    queries, gallery = rng.normal(size=(20, 8)).astype(np.float32), rng.normal(size=(size, 8)).astype(np.float32)
    numbers, scores = nearest.top_k(queries, gallery, k)
    expected, values = sorted_search(queries, gallery, k)
    np.testing.assert_allclose(scores, values, rtol=1e-5, atol=1e-6)
    assert np.array_equal(numbers, expected)


def test_a_gallery_sorted_from_worst_to_best():
    gallery = np.linspace(-1, 1, 200, dtype=np.float32)[:, None]
    numbers, _ = nearest.top_k(np.ones((3, 1), np.float32), gallery, 4)
    assert (numbers == [199, 198, 197, 196]).all()


def test_an_empty_gallery_has_no_neighbours():
    numbers, scores = nearest.top_k(np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32), 5)
    assert numbers.shape == scores.shape == (2, 0)
