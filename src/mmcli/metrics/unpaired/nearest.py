"""Exact nearest neighbours by inner product, in blocks, so that memory is bounded for any gallery."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]
_QUERY_BLOCK = 1024
_GALLERY_BLOCK = 8192
_MAX_CANDIDATES = 4  # times k per query; beyond that, selecting within the block is cheaper than sorting


def top_k(queries: Floats, gallery: Floats, k: int) -> tuple[Indices, Floats]:
    """The k rows of `gallery` with the largest inner product, best first.

    The first block is selected by `argpartition`. After that, only items that beat a query's current
    k-th best are considered, which costs one comparison per similarity.

    Args:
        queries: `[Q, d]`.
        gallery: `[G, d]`; may be a memory map.
        k: Number of neighbours; at most G are found.

    Returns:
        Row indices `[Q, min(k, G)]` and their inner products, float32.
    """
    k = min(k, len(gallery))
    numbers = np.zeros((len(queries), k), dtype=np.int64)
    scores = np.zeros((len(queries), k), dtype=np.float32)
    for begin in range(0, len(queries), _QUERY_BLOCK) if k else ():
        rows = slice(begin, begin + _QUERY_BLOCK)
        numbers[rows], scores[rows] = _search(np.ascontiguousarray(queries[rows], dtype=np.float32), gallery, k)
    return numbers, scores


def _search(queries: Floats, gallery: Floats, k: int) -> tuple[Indices, Floats]:
    size = max(_GALLERY_BLOCK, k)
    products = queries @ np.asarray(gallery[:size], dtype=np.float32).T
    best = _largest(products, k)
    scores: Floats = np.take_along_axis(products, best, 1)
    for begin in range(size, len(gallery), size):
        products = queries @ np.asarray(gallery[begin : begin + size], dtype=np.float32).T
        rows, columns = np.nonzero(products > scores.min(1, keepdims=True))
        if len(rows) > _MAX_CANDIDATES * scores.size:
            few = _largest(products, min(k, products.shape[1]))
            rows, columns = np.repeat(np.arange(len(queries)), few.shape[1]), few.ravel()
        best, scores = _merge(best, scores, rows, columns + begin, products[rows, columns])
    order = np.lexsort((best, -scores), axis=1)
    return np.take_along_axis(best, order, 1), np.take_along_axis(scores, order, 1)


def _largest(products: Floats, k: int) -> Indices:
    split = products.shape[1] - k
    chosen: Indices = np.argpartition(products, split, axis=1)[:, split:] if split else np.tile(np.arange(k), (len(products), 1))
    return chosen


def _merge(best: Indices, scores: Floats, rows: Indices, numbers: Indices, values: Floats) -> tuple[Indices, Floats]:
    """Merge the candidates (query row, index, value) into the k best of their queries."""
    if not len(rows):
        return best, scores
    touched, places = np.unique(rows, return_inverse=True)
    k = best.shape[1]
    owner = np.concatenate([np.repeat(np.arange(len(touched)), k), places])
    every = np.concatenate([best[touched].ravel(), numbers])
    value = np.concatenate([scores[touched].ravel(), values])
    order = np.lexsort((every, -value, owner))
    first = np.searchsorted(owner[order], np.arange(len(touched)))
    kept = order[first[:, None] + np.arange(k)]
    best, scores = best.copy(), scores.copy()
    best[touched], scores[touched] = every[kept], value[kept]
    return best, scores
