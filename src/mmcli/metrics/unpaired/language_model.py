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
_TRIGRAM = 3
_DISCOUNT = 0.75
_LEAST = 1e-30


def learn(texts: Tokens, vocabulary: int, order: int = _TRIGRAM) -> NgramModel:
    """Learn a model.

    Args:
        texts: The texts to learn from.
        vocabulary: Number of ids; those of all texts are below it.
        order: Length of the longest n-grams.
    """
    base = vocabulary + 2  # a start and an end
    grams, _ = _grams(texts, base, order)
    tables = []
    counted = np.unique(grams @ _powers(base, order), return_counts=True)
    for length in range(order, 0, -1):
        codes, counts = counted
        tables.append((codes, counts.astype(np.float64)))
        if length > 1:
            # Each distinct n-gram without its first word: how many different words precede the shorter one.
            counted = np.unique(codes % base ** (length - 1), return_counts=True)
    return NgramModel(tables, base)


class NgramModel:
    """A model of texts of integer ids.

    Attributes:
        tables: Codes, ascending, and counts of n-grams, the longest first; a code is an n-gram as a number in base `base`.
        base: Number of ids, with a start and an end.
    """

    def __init__(self, tables: Sequence[tuple[Ints, Floats]], base: int) -> None:
        self.tables, self.base, self._order = list(tables), base, len(tables)
        self._tables = [_Table(codes, counts, base) for codes, counts in tables]

    def nats_per_token(self, texts: Tokens) -> Floats:
        """Mean negative log-likelihood of the tokens of each text and its end, `[N]`."""
        grams, owner = _grams(texts, self.base, self._order)
        chance = np.full(len(grams), 1.0 / self.base)
        for order, table in zip(range(1, self._order + 1), reversed(self._tables), strict=True):
            chance = table.interpolated(grams[:, self._order - order :] @ _powers(self.base, order), chance)
        total = np.bincount(owner, -np.log(chance), len(texts))
        return np.asarray(total / np.bincount(owner, minlength=len(texts)))

    def following(self, ids: Sequence[int]) -> Floats:
        """Log-probability of each id, then of a start and of the end, after the beginning `ids` of a text."""
        start = self.base - 2
        context = np.array([*[start] * (self._order - 1), *ids], dtype=np.int64)[len(ids) :]
        chance, words = np.full(self.base, 1.0 / self.base), np.arange(self.base)
        for order, table in zip(range(1, self._order + 1), reversed(self._tables), strict=True):
            code = int(context[self._order - order :] @ _powers(self.base, order - 1)) if order > 1 else 0
            chance = table.interpolated(code * self.base + words, chance)
        return np.asarray(np.log(np.maximum(chance, _LEAST)))


def _powers(base: int, order: int) -> Ints:
    return np.asarray(base ** np.arange(order - 1, -1, -1), dtype=np.int64)


def _grams(texts: Tokens, base: int, order: int) -> tuple[Ints, Ints]:
    """N-grams `[M, order]` that end at each token and at the end of each text, and the number of their text."""
    start, end = base - 2, base - 1
    padded = [np.array([*[start] * (order - 1), *text, end], dtype=np.int64) for text in texts]
    rows = [np.lib.stride_tricks.sliding_window_view(text, order) for text in padded]
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
