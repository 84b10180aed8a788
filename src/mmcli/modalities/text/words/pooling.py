"""Sentence vectors from word vectors, in NumPy: the mean, and SIF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmcli.modalities.text.words.vectors import Array, WordVectors

SIF_STRENGTH = 1e-3


def mean_vectors(sentences: Sequence[Sequence[str]], table: WordVectors) -> Array:
    """Mean of the known words' vectors: `[N, w]` float32, zero if no word is known."""
    return _weighted(sentences, table, np.ones(len(table.words)))


def sif_vectors(sentences: Sequence[Sequence[str]], table: WordVectors, strength: float = SIF_STRENGTH) -> Array:
    """Smooth inverse frequency: words weighted by a / (a + p), with the common component removed.

    Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings",
    algorithm 1. The component is computed from these sentences.
    """
    pooled = _weighted(sentences, table, sif_weights(table.probabilities(), strength))
    return remove_component(pooled, common_component(pooled))


def sif_weights(probabilities: Array, strength: float = SIF_STRENGTH) -> Array:
    """Weight a / (a + p) of words with probability p."""
    weights: Array = strength / (strength + probabilities)
    return weights


def common_component(vectors: Array) -> Array:
    """First right singular vector `[w]` of the rows, not centred; zero for zero rows.

    Computed from the Gram matrix `[w, w]`, independently of the number of rows.
    """
    wide = np.asarray(vectors, dtype=np.float64)
    if not len(wide) or not np.abs(wide).max(initial=0.0) > 0:
        return np.zeros(vectors.shape[1], dtype=np.float32)
    _, directions = np.linalg.eigh(wide.T @ wide)
    first: Array = directions[:, -1].astype(np.float32)
    return first


def remove_component(vectors: Array, component: Array) -> Array:
    """Remove the component of rows along a unit vector."""
    rest: Array = (vectors - np.outer(vectors @ component, component)).astype(np.float32)
    return rest


def _weighted(sentences: Sequence[Sequence[str]], table: WordVectors, weights: Array) -> Array:
    pooled = np.zeros((len(sentences), table.width), dtype=np.float32)
    for row, words in enumerate(sentences):
        found = [number for word in words if (number := _number(word, table)) >= 0]
        if found:
            pooled[row] = weights[found] @ table.matrix[found] / len(found)
    return pooled


def known(word: str, table: WordVectors) -> bool:
    """Whether a word has a vector, as it is or in lower case."""
    return _number(word, table) >= 0


def _number(word: str, table: WordVectors) -> int:
    return table.ids.get(word, table.ids.get(word.lower(), -1))
