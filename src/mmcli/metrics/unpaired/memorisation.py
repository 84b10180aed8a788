"""Does a generator repeat its training items more than new real items do?

Three samples are compared (Meehan, Chaudhuri, Dasgupta 2020, arXiv 2004.05675): train, held-out and generated
items. New items of the same distribution are as far from the train items as held-out ones; copies are nearer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import fisher_exact, mannwhitneyu

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


def copying_z(samples: Floats, held_out: Floats) -> float:
    """The statistic C_T: how much nearer the samples lie to the train items, in standard deviations; negative if they do.

    Args:
        samples: `[n]` distance of each sample to its nearest train item.
        held_out: `[m]` the same for held-out items.
    """
    n, m = len(samples), len(held_out)
    larger = float(mannwhitneyu(samples, held_out, method="asymptotic").statistic)
    _, ties = np.unique(np.concatenate([samples, held_out]), return_counts=True)
    total = n + m
    variance = n * m / 12.0 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    return float((larger - n * m / 2.0) / np.sqrt(variance)) if variance > 0 else 0.0


def excess_probability(samples: Bools, held_out: Bools) -> float:
    """Probability of at least as many hits among the samples if their rate were that of held-out items (Fisher's exact test)."""
    table = [[int(samples.sum()), int((~samples).sum())], [int(held_out.sum()), int((~held_out).sum())]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def verbatim(texts: Sequence[Sequence[int]], train: Sequence[Sequence[int]]) -> Bools:
    """Whether each text is equal to a train text."""
    known = {tuple(text) for text in train}
    return np.array([tuple(text) in known for text in texts], dtype=bool)


def longest_run(texts: Sequence[Sequence[int]], train: Sequence[Sequence[int]]) -> int:
    """Largest number of consecutive tokens of any text that stand in a train text."""
    best, known = 0, dict[int, set[tuple[int, ...]]]()

    def grams(length: int) -> set[tuple[int, ...]]:
        if length not in known:
            known[length] = {tuple(text[i : i + length]) for text in train for i in range(len(text) - length + 1)}
        return known[length]

    for text in texts:
        for begin in range(len(text) - best):
            while begin + best < len(text) and tuple(text[begin : begin + best + 1]) in grams(best + 1):
                best += 1
    return best


def repeated_grams(texts: Sequence[Sequence[int]], train: Sequence[Sequence[int]], order: int = 8) -> float | None:
    """Fraction of the n-grams of texts that stand in a train text; `None` if no text is that long."""
    known = {tuple(text[i : i + order]) for text in train for i in range(len(text) - order + 1)}
    found = [tuple(text[i : i + order]) in known for text in texts for i in range(len(text) - order + 1)]
    return float(np.mean(found)) if found else None
