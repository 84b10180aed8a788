"""Likelihood of texts under an n-gram model: it sees the order of words, which sets of features do not.

Trigrams with interpolated Kneser-Ney smoothing and one discount (Chen, Goodman 1999, "An empirical study of
smoothing techniques for language modeling", section 2.7): the count of an n-gram less the discount, and for the
rest of the probability the shorter context, where an n-gram counts once per word that precedes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Tokens = Sequence[Sequence[int]]
_ORDER = 3
_DISCOUNT = 0.75


class NgramModel:
    """A model of texts of integer ids.

    Args:
        texts: The texts to learn from.
        vocabulary: Number of ids; those of all texts are below it.
    """

    def __init__(self, texts: Tokens, vocabulary: int) -> None:
        self._base = vocabulary + 2  # a start and an end
        grams, _ = self._grams(texts)
        self._tables: list[_Table] = []
        counted = np.unique(grams @ self._powers(_ORDER), return_counts=True)
        for order in range(_ORDER, 0, -1):
            codes, counts = counted
            self._tables.append(_Table(codes, counts.astype(np.float64), self._base))
            if order > 1:
                # Each distinct n-gram without its first word: how many different words precede the shorter one.
                counted = np.unique(codes % self._base ** (order - 1), return_counts=True)

    def nats_per_token(self, texts: Tokens) -> Floats:
        """Mean negative log-likelihood of the tokens of each text and its end, `[N]`."""
        grams, owner = self._grams(texts)
        chance = np.full(len(grams), 1.0 / self._base)
        for order, table in zip(range(1, _ORDER + 1), reversed(self._tables), strict=True):
            chance = table.interpolated(grams[:, _ORDER - order :] @ self._powers(order), chance)
        total = np.bincount(owner, -np.log(chance), len(texts))
        return np.asarray(total / np.bincount(owner, minlength=len(texts)))

    def _powers(self, order: int) -> Ints:
        return np.asarray(self._base ** np.arange(order - 1, -1, -1), dtype=np.int64)

    def _grams(self, texts: Tokens) -> tuple[Ints, Ints]:
        """N-grams `[M, order]` that end at each token and at the end of each text, and the number of their text."""
        start, end = self._base - 2, self._base - 1
        padded = [np.array([*[start] * (_ORDER - 1), *text, end], dtype=np.int64) for text in texts]
        rows = [np.lib.stride_tricks.sliding_window_view(text, _ORDER) for text in padded]
        return np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(row) for row in rows])


class _Table:
    """Counts of n-grams, and of what follows each context.

    Args:
        codes: `[M]`, ascending: the n-gram as a number in base `base`.
        counts: `[M]`.
        base: Number of different words.
    """

    def __init__(self, codes: Ints, counts: Floats, base: int) -> None:
        self._codes, self._counts, self._base = codes, counts, base
        self._contexts, owner = np.unique(codes // base, return_inverse=True)
        self._totals = np.bincount(owner, counts).astype(np.float64)
        self._kinds = np.bincount(owner).astype(np.float64)

    def interpolated(self, codes: Ints, shorter: Floats) -> Floats:
        """Probability of the last word of n-grams `[M]`, given that by the shorter context `[M]`."""
        count = _looked_up(self._codes, self._counts, codes)
        total = _looked_up(self._contexts, self._totals, codes // self._base)
        kinds = _looked_up(self._contexts, self._kinds, codes // self._base)
        known = total > 0
        total = np.where(known, total, 1.0)
        found = np.maximum(count - _DISCOUNT, 0.0) / total + _DISCOUNT * kinds / total * shorter
        return np.where(known, found, shorter)


def _looked_up(keys: Ints, values: Floats, wanted: Ints) -> Floats:
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0.0)
