"""Does a generator repeat its training items more than new real items do?

Three samples are compared (Meehan, Chaudhuri, Dasgupta 2020, arXiv 2004.05675): train, held-out and generated
items. New items of the same distribution are as far from the train items as held-out ones; copies are nearer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import fisher_exact

from mmcli.metrics.bootstrap import Pooled, ratio

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Tokens = Sequence[Sequence[int]]


def copying_z(samples: Floats, held_out: Floats) -> Pooled:
    """The statistic C_T: how much nearer the samples lie to the train items, in standard deviations; negative if they do.

    Args:
        samples: `[n]` distance of each sample to its nearest train item.
        held_out: `[m]` the same for held-out items.
    """
    n, m = len(samples), len(held_out)
    _, ties = np.unique(np.concatenate([samples, held_out]), return_counts=True)
    total = n + m
    variance = n * m / 12.0 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    scale = n * m / np.sqrt(variance) if variance > 0 else 0.0  # of Mann and Whitney's U as the mean share of held-out items below
    return Pooled(Pooled.mean(shares_below(samples, held_out)).parts, lambda sums: scale * (ratio(sums) - 0.5))


def shares_below(values: Floats, others: Floats) -> Floats:
    """For each value the share of the others below it, equal ones counted half, `[n]`; its mean is the area under the ROC curve."""
    ordered = np.sort(others)
    below, up_to = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2.0 * len(others)))


def excess_probability(samples: Bools, held_out: Bools) -> float:
    """Probability of at least as many hits among the samples if their rate were that of held-out items (Fisher's exact test)."""
    table = [[int(samples.sum()), int((~samples).sum())], [int(held_out.sum()), int((~held_out).sum())]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def verbatim(texts: Tokens, train: Tokens) -> Bools:
    """Whether each text is equal to a train text."""
    known = {tuple(text) for text in train}
    return np.array([tuple(text) in known for text in texts], dtype=bool)


def longest_run(texts: Tokens, train: Tokens) -> int:
    """Largest number of consecutive tokens of any text that stand in a train text."""
    runs = _Runs(texts, train)
    length = 1
    while runs.known(length).any():
        length *= 2
    low, high = length // 2, length  # a run of `low` tokens is known, none of `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if runs.known(middle).any() else (low, middle)
    return low


def repeated_grams(texts: Tokens, train: Tokens, order: int = 8) -> Pooled | None:
    """Fraction of the n-grams of texts that stand in a train text; `None` if no text is that long."""
    runs = _Runs(texts, train)
    places = runs.room >= order
    if not places[: runs.count].any():
        return None
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    hits, total = (np.bincount(owner[mask], minlength=len(texts)) for mask in (runs.known(order), places[: runs.count]))
    return Pooled(np.stack([hits, total], axis=1).astype(np.float64))


class _Runs:
    """Which runs of tokens of some texts stand in others, exactly.

    Runs of equal content get equal numbers: those of twice a length from pairs of numbers of that length (prefix doubling, Karp,
    Miller, Rosenberg 1972), those between two powers of two from two that overlap.
    """

    def __init__(self, texts: Tokens, train: Tokens) -> None:
        lengths = [len(text) for text in (*texts, *train)]
        self.count = sum(lengths[: len(texts)])
        self.room = np.concatenate([np.arange(length, 0, -1) for length in lengths] or [np.zeros(0, np.int64)])
        self._numbers = {1: np.array([token for text in (*texts, *train) for token in text], dtype=np.int64)}

    def known(self, length: int) -> Bools:
        """Whether the run of `length` tokens that begins at each token of the texts stands in a train text."""
        numbers, whole = self._numbered(length), self.room >= length
        ours, theirs = whole[: self.count], whole[self.count :]
        return ours & np.isin(numbers[: self.count], numbers[self.count :][theirs])

    def _numbered(self, length: int) -> Ints:
        """A number per place for the run of that length from there on; meaningless where there is no room for it."""
        if length not in self._numbers:
            half = 1 << ((length - 1).bit_length() - 1)
            first = self._numbered(half)
            second = np.zeros_like(first)
            second[: len(first) - (length - half)] = first[length - half :]
            self._numbers[length] = np.unique(first * (second.max(initial=0) + 1) + second, return_inverse=True)[1]
        return self._numbers[length]
