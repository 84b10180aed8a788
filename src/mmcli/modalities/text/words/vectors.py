"""A table of word vectors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and one vector each.

    Attributes:
        words: V distinct words.
        matrix: `[V, w]` float32.
        counts: `[V]` count of each word; empty if unknown.
    """

    words: tuple[str, ...]
    matrix: Array
    counts: tuple[int, ...] = ()

    @functools.cached_property
    def ids(self) -> dict[str, int]:
        """Row of each word."""
        return {word: i for i, word in enumerate(self.words)}

    @property
    def width(self) -> int:
        """Width w of a vector."""
        return int(self.matrix.shape[1])

    def rows_for(self, vocabulary: Sequence[str]) -> tuple[Array, int]:
        """Vectors of the words of another vocabulary.

        A word that is not in the table is looked up again in lower case; if still missing, it gets the
        zero vector.

        Returns:
            `[len(vocabulary), w]` float32, and the number of words found.
        """
        rows = np.array([self.ids.get(word, self.ids.get(word.lower(), -1)) for word in vocabulary], dtype=np.int64)
        found = rows >= 0
        picked = np.zeros((len(rows), self.width), dtype=np.float32)
        picked[found] = self.matrix[rows[found]]
        return picked, int(found.sum())

    def probabilities(self) -> Array:
        """Probability of each word `[V]` float64: from the counts, otherwise by Zipf's law from its rank.

        Published tables are sorted by frequency, so the rank is known even if the counts are not.
        """
        weights = np.asarray(self.counts, dtype=np.float64) if self.counts else 1.0 / (np.arange(len(self.words)) + 2.7)
        total: Array = weights / max(weights.sum(), 1e-12)
        return total
