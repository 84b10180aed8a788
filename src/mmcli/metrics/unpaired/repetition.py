"""How much texts repeat each other, of strings: cheap signs that a generator of texts has collapsed."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.metrics.unpaired import text


def distinct_n(texts: Sequence[str], n: int = 2) -> float:
    """Fraction of distinct n-grams of words among all n-grams (Li et al. 2016, arXiv 1510.03055); 0 without any."""
    return text.distinct([one.split() for one in texts], n)


def most_frequent_share(texts: Sequence[str]) -> float:
    """Fraction of texts that are the most frequent text, but for blanks; 0 without texts."""
    return text.most_frequent_share([one.split() for one in texts])
