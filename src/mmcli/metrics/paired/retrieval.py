"""Cross-field retrieval: does a record's vector in one field find it in another?

Ties are scored fairly: items with equal similarity are ordered at random, and every score is the
expectation over that order, so an encoder that maps everything to one point scores at chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Scores = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BLOCK = 512
_DECIMALS = 6  # similarities of equal vectors differ in the last bits; closer than this is a tie


@dataclass(frozen=True)
class Retrieval:
    """Scores of one direction.

    Attributes:
        recall: Maps k to R@k, the fraction of queries with a match among the first k.
        median_rank: Median rank of the first match; 1 is best.
        mean_ap: Mean average precision over all matches.
        chance: Maps k to the R@k of a constant encoder.
        num_queries: Number of queries that have a match.
        num_gallery: Number of items searched.
    """

    recall: dict[int, float]
    median_rank: float
    mean_ap: float
    chance: dict[int, float]
    num_queries: int
    num_gallery: int

    def to_json(self) -> dict[str, object]:
        """The scores under the names used in tables."""
        figures: dict[str, object] = {f"R@{k}": value for k, value in self.recall.items()}
        chances = {f"chance_R@{k}": value for k, value in self.chance.items()}
        return {
            **figures,
            "median_rank": self.median_rank,
            "mAP": self.mean_ap,
            **chances,
            "queries": self.num_queries,
            "gallery": self.num_gallery,
        }


def retrieve(
    queries: Floats,
    gallery: Floats,
    query_labels: Ints | None = None,
    gallery_labels: Ints | None = None,
    ks: tuple[int, ...] = (1, 5, 10),
) -> Retrieval:
    """Search `gallery` for the matches of `queries` by cosine similarity.

    Args:
        queries: `[Q, d]`.
        gallery: `[G, d]`.
        query_labels: `[Q]`; an item with the same label is a match. Without labels, or if a label
            is negative (unknown), query i matches only gallery item i.
        gallery_labels: `[G]`; defaults to the queries' labels.
        ks: Values of k for which to compute R@k.

    Raises:
        ValueError: Shapes do not match, or no query has a match.
    """
    if len(queries) != len(gallery) and (query_labels is None or gallery_labels is None):
        raise ValueError("queries and gallery differ in length, so both need labels")
    if gallery_labels is None:
        gallery_labels = query_labels
    firsts: list[tuple[Scores, Scores]] = []
    recalls = {k: [np.zeros(0)] for k in ks}
    chances = {k: [np.zeros(0)] for k in ks}
    for similarity, match in _blocks(queries, gallery, query_labels, gallery_labels):
        better, tied, good = _first_match(similarity, match)
        total, matches = np.full(len(match), match.shape[1]), match.sum(1)
        for k in ks:
            recalls[k].append(_hit_probability(tied, good, k - better))
            chances[k].append(_hit_probability(total, matches, np.full(len(match), k)))
        firsts.append((better + (tied + 1) / (good + 1), average_precision(similarity, match)))
    if not firsts:
        raise ValueError("no query has a match")
    ranks, precisions = (np.concatenate(parts) for parts in zip(*firsts, strict=True))
    return Retrieval(
        recall={k: float(np.concatenate(parts).mean()) for k, parts in recalls.items()},
        median_rank=float(np.median(ranks)),
        mean_ap=float(precisions.mean()),
        chance={k: float(np.concatenate(parts).mean()) for k, parts in chances.items()},
        num_queries=len(ranks),
        num_gallery=len(gallery),
    )


def average_precision(similarity: Floats, match: Bools) -> Scores:
    """Expected average precision per query `[Q]` over random orders of ties.

    McSherry and Najork (2008), "Computing information retrieval performance measures efficiently in
    the presence of tied scores", section 3: within a group of n tied items with r matches, which
    follows `before` items with `found` matches, the i-th position is a match with probability
    r / n, and then on average (i - 1) (r - 1) / (n - 1) matches of the group are above it.
    """
    order = np.argsort(-similarity, axis=1, kind="stable")
    ranked, hits = np.take_along_axis(similarity, order, 1), np.take_along_axis(match, order, 1)
    result = np.empty(len(similarity))
    for row, (scores, hit) in enumerate(zip(ranked, hits, strict=True)):
        start = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
        sizes = np.diff(np.r_[start, len(scores)])
        matches = np.add.reduceat(hit.astype(np.float64), start)
        found = np.cumsum(matches) - matches
        size, good, seen = (np.repeat(x, sizes) for x in (sizes, matches, found))
        place = np.arange(len(scores)) - np.repeat(start, sizes)  # 0-based within the group
        above = seen + place * (good - 1) / np.maximum(size - 1, 1) + 1
        result[row] = (good / size * above / np.arange(1, len(scores) + 1)).sum() / hit.sum()
    return result


def unit(vectors: Floats) -> Scores:
    """Scale rows to unit length, in float64; zero rows stay zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    scaled: Scores = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return scaled


def _blocks(queries: Floats, gallery: Floats, query_labels: Ints | None, gallery_labels: Ints | None) -> Iterator[tuple[Scores, Bools]]:
    """Similarities `[B, G]` and matches `[B, G]` of the queries that have a match."""
    left, right = unit(queries), unit(gallery)
    for begin in range(0, len(left), _BLOCK):
        rows = np.arange(begin, min(begin + _BLOCK, len(left)))
        match = rows[:, None] == np.arange(len(right))[None, :]
        if query_labels is not None and gallery_labels is not None:
            labels = query_labels[rows, None]
            aligned = match if len(left) == len(right) else np.zeros_like(match)
            match = ((labels == gallery_labels[None, :]) & (labels >= 0)) | (aligned & (labels < 0))
        usable = match.any(1)
        if usable.any():
            yield np.round(left[rows[usable]] @ right.T, _DECIMALS), match[usable]


def _first_match(similarity: Scores, match: Bools) -> tuple[Scores, Scores, Scores]:
    """Per query: the number of items better than its best match, tied with it, and matching among those tied."""
    best = np.where(match, similarity, -np.inf).max(1, keepdims=True)
    equal = similarity == best
    return (similarity > best).sum(1).astype(float), equal.sum(1).astype(float), (equal & match).sum(1).astype(float)


def _hit_probability(total: npt.NDArray[np.generic], good: npt.NDArray[np.generic], drawn: npt.NDArray[np.generic]) -> Scores:
    """Probability that `drawn` of `total` items, drawn without replacement, include one of the `good` ones."""
    n, r, m = (np.asarray(x, dtype=np.float64) for x in (total, good, drawn))
    m = np.clip(m, 0, n)
    certain = m > n - r
    spare = np.where(certain, 0, n - r - m)  # keeps gammaln's argument positive where its value is unused
    log_miss = gammaln(n - r + 1) - gammaln(spare + 1) - gammaln(n + 1) + gammaln(n - m + 1)
    hit: Scores = np.where(certain, 1.0, 1.0 - np.exp(np.where(m == 0, 0.0, log_miss)))
    return hit
