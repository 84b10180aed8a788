"""Text scores: BLEU against many references, self-BLEU, distinct n-grams.

BLEU is the mean sentence BLEU of the text-GAN literature (Papineni et al. 2002; equal weights,
NLTK's smoothing method 1). The references' n-grams are counted once instead of once per
hypothesis. Both BLEUs depend on the number of texts: report those of real texts at the same number.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

Tokens = Sequence[Hashable]
Gram = tuple[Hashable, ...]
_EPSILON = 0.1  # NLTK's smoothing method 1: numerator of a precision without a match


def ngrams(tokens: Tokens, n: int) -> Counter[Gram]:
    """Counts of the n-grams of a text."""
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


class _References:
    """Per n-gram the two largest counts within a text, so that any one text can be left out."""

    def __init__(self, texts: Iterable[Tokens], order: int) -> None:
        self.order = order
        self.lengths: Counter[int] = Counter()
        self._most: list[dict[Gram, tuple[int, int]]] = [{} for _ in range(order)]
        for tokens in texts:
            self.lengths[len(tokens)] += 1
            for n, most in enumerate(self._most, 1):
                for gram, count in ngrams(tokens, n).items():
                    first, second = most.get(gram, (0, 0))
                    most[gram] = (count, first) if count > first else (first, max(second, count))

    def most(self, gram: Gram, without: int = 0) -> int:
        """Maximum count in any text; `without` is the n-gram's count in the text that is left out."""
        first, second = self._most[len(gram) - 1].get(gram, (0, 0))
        return second if without and without == first else first

    def closest_length(self, length: int, *, without_own: bool) -> int:
        """Length of the reference closest in length; the shorter one of two equally close."""
        skipped = length if without_own and self.lengths[length] == 1 else -1
        return min((n for n in self.lengths if n != skipped), key=lambda n: (abs(n - length), n))


def _sentence_bleus(tokens: Tokens, references: _References, *, leave_out: bool) -> list[float]:
    """Sentence BLEU of a text for each order up to that of the references."""
    logs, found = 0.0, []
    closest = references.closest_length(len(tokens), without_own=leave_out)
    brevity = min(0.0, 1 - closest / max(len(tokens), 1))
    for n in range(1, references.order + 1):
        counts = ngrams(tokens, n)
        hits = sum(min(count, references.most(gram, count if leave_out else 0)) for gram, count in counts.items())
        if n == 1 and hits == 0:
            return [0.0] * references.order
        logs += math.log((hits or _EPSILON) / max(1, sum(counts.values())))
        found.append(math.exp(logs / n + brevity))
    return found


def bleus(hypotheses: Sequence[Tokens], references: Sequence[Tokens], order: int = 4) -> list[float]:
    """Mean sentence BLEU of the hypotheses, each against all references, for each order up to `order`.

    Raises:
        ValueError: There is nothing to compare.
    """
    if not hypotheses or not references:
        raise ValueError("BLEU needs hypotheses and references")
    return _means(hypotheses, _References(references, order), leave_out=False)


def bleu(hypotheses: Sequence[Tokens], references: Sequence[Tokens], order: int = 4) -> float:
    """The same for one order."""
    return bleus(hypotheses, references, order)[-1]


def self_bleu(texts: Sequence[Tokens], order: int = 4) -> float:
    """Mean sentence BLEU of each text against all the others: 1 means that they repeat each other.

    Raises:
        ValueError: There are fewer than two texts.
    """
    if len(texts) < 2:
        raise ValueError("self-BLEU needs two texts")
    return _means(texts, _References(texts, order), leave_out=True)[-1]


def _means(texts: Sequence[Tokens], references: _References, *, leave_out: bool) -> list[float]:
    lines = [_sentence_bleus(tokens, references, leave_out=leave_out) for tokens in texts]
    return [sum(column) / len(texts) for column in zip(*lines, strict=True)]


def distinct(texts: Sequence[Tokens], n: int) -> float:
    """Fraction of distinct n-grams among all n-grams (Li et al. 2016, arXiv 1510.03055); 0 without any."""
    total: Counter[Gram] = Counter()
    for tokens in texts:
        total.update(ngrams(tokens, n))
    count = sum(total.values())
    return len(total) / count if count else 0.0


def most_frequent_share(texts: Sequence[Tokens]) -> float:
    """Fraction of texts that are the most frequent text; 0 without texts."""
    return max(Counter(tuple(tokens) for tokens in texts).values(), default=0) / max(len(texts), 1)
