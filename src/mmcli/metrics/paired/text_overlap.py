"""How much texts agree with what they should be: BLEU, chrF, ROUGE, word and character error rate, exact match.

The published implementations: sacrebleu (Post 2018, arXiv 1804.08771), rouge-score and jiwer, which are imported on use.
Every function takes N texts and, for each, one or more references, of which the best one counts. The result is a number
by `float()`, and can be resampled (`bootstrap.Pooled`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.metrics.bootstrap import Pooled

Texts = Sequence[str]
References = Sequence[Sequence[str]]
Wide = npt.NDArray[np.float64]
_ORDER, _CHAR_ORDER, _BETA = 4, 6, 2.0
_HALF = 0.5
_HAN = re.compile(r"[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
# Thai, Lao, Burmese, Khmer, kana: written without blanks, and without a tokeniser in sacrebleu that needs no dictionary.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\uff66-\uff9f]")


def bleu(texts: Texts, references: References) -> Pooled:
    """BLEU-4 of all texts together, 0 to 100, as sacrebleu computes it (13a; texts without blanks by character)."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=_tokenizer(references), effective_order=True)
    found = [metric.sentence_score(text, list(own)) for text, own in _pairs(texts, references)]
    return Pooled(np.array([[one.sys_len, one.ref_len, *one.counts, *one.totals] for one in found], dtype=np.float64), _bleu_of)


def chrf(texts: Texts, references: References) -> Pooled:
    """chrF2 of all texts together, 0 to 100, as sacrebleu computes it (Popovic 2015): 1- to 6-grams of characters."""
    from sacrebleu.metrics.helpers import extract_all_char_ngrams

    grams = cache(lambda text: extract_all_char_ngrams(text, _CHAR_ORDER))
    rows = []
    for text, own in _pairs(texts, references):
        found = np.array([_matches(grams(text), grams(one)) for one in own], dtype=np.float64)
        rows.append(found[_chrf_of(found).argmax()])
    return Pooled(np.array(rows), _chrf_of)


def rouge(texts: Texts, references: References) -> dict[str, Pooled]:
    """Mean F-measures of ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), 0 to 1, without stemming; words of any script."""
    from rouge_score.rouge_scorer import RougeScorer

    pairs, words = _pairs(texts, references), _Words()
    scorer = RougeScorer(["rouge1", "rouge2"], tokenizer=words)
    found = [scorer.score_multi(list(own), text) for text, own in pairs]
    grams = {name: Pooled.mean([one[kind].fmeasure for one in found]) for name, kind in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"))}
    longest = [max(_rouge_l(words.tokenize(text), words.tokenize(one)) for one in own) for text, own in pairs]
    return grams | {"rouge_l": Pooled.mean(longest)}


def _rouge_l(text: list[str], reference: list[str]) -> float:
    """By rapidfuzz: of texts of 150 words rouge-score's own takes 10 ms, this 0.02 ms, for the same figure."""
    from rapidfuzz.distance import LCSseq

    return 2.0 * LCSseq.similarity(text, reference) / max(len(text) + len(reference), 1)


def wer(texts: Texts, references: References) -> Pooled:
    """Word error rate: substituted, inserted and missing words over words of the references; may exceed 1."""
    from jiwer import process_words

    return _errors(texts, references, process_words)


def cer(texts: Texts, references: References) -> Pooled:
    """Character error rate: the same for characters."""
    from jiwer import process_characters

    return _errors(texts, references, process_characters)


def exact_match(texts: Texts, references: References) -> Pooled:
    """Fraction of texts that equal a reference but for blanks."""
    return Pooled.mean([" ".join(text.split()) in {" ".join(one.split()) for one in own} for text, own in _pairs(texts, references)])


def overlaps(texts: Texts, references: References) -> dict[str, Pooled]:
    """All of these scores that apply, by name: those of word sequences need references of several words."""
    lengths = np.array([max(len(_words(one)) for one in own) for own in references])
    spaced = not any(_HAN.search(one) or _UNSPACED.search(one) for own in references for one in own)
    found = {"bleu": bleu(texts, references)} if (lengths >= _ORDER).mean() >= _HALF else {}
    found["chrf"] = chrf(texts, references)
    if (lengths > 1).mean() >= _HALF:
        found |= rouge(texts, references)
        found |= {"wer": wer(texts, references)} if spaced else {}
    return found | {"cer": cer(texts, references), "exact_match": exact_match(texts, references)}


def _pairs(texts: Texts, references: References) -> list[tuple[str, Sequence[str]]]:
    if not texts or any(not own for own in references):
        raise ValueError("there is nothing to compare")
    return list(zip(texts, references, strict=True))


def _tokenizer(references: References) -> str:
    """Name of sacrebleu's tokeniser."""
    text = "".join(one for own in references for one in own)
    return "char" if _UNSPACED.search(text) else "zh" if _HAN.search(text) else "13a"


def _bleu_of(sums: Wide) -> Wide:
    from sacrebleu.metrics.bleu import BLEU

    def score(line: Wide) -> float:
        length, wanted, *counts = line.astype(np.int64).tolist()
        found: float = BLEU.compute_bleu(counts[:_ORDER], counts[_ORDER:], length, wanted, smooth_method="exp").score
        return found

    return np.asarray(np.apply_along_axis(score, -1, sums))


def _matches(text: list[Counter[str]], reference: list[Counter[str]]) -> list[int]:
    """Per order: n-grams of the text, of the reference, and of both."""
    return [
        count
        for ours, theirs in zip(text, reference, strict=True)
        for count in (ours.total() if theirs else 0, theirs.total(), (ours & theirs).total())
    ]


def _chrf_of(sums: Wide) -> Wide:
    ours, theirs, both = (sums[..., part::3] for part in range(3))
    counted = (ours > 0) & (theirs > 0)
    orders = np.maximum(counted.sum(-1), 1)
    precision, recall = ((both / np.where(counted, side, np.inf)).sum(-1) / orders for side in (ours, theirs))
    below = _BETA**2 * precision + recall
    return np.asarray(100.0 * (1.0 + _BETA**2) * precision * recall / np.where(below > 0, below, 1.0))


def _errors(texts: Texts, references: References, process: Callable[[str, str], Any]) -> Pooled:
    rows = []
    for text, own in _pairs(texts, references):
        found = [process(one, text) for one in own]
        counts = [(one.substitutions + one.deletions + one.insertions, one.hits + one.substitutions + one.deletions) for one in found]
        rows.append(min(counts, key=lambda pair: pair[0] / max(pair[1], 1)))
    return Pooled(np.array(rows, dtype=np.float64))


def _words(text: str) -> list[str]:
    return _Words().tokenize(text)


class _Words:
    """Words in small letters, of letters, marks and digits of any script; characters of scripts without blanks one by one.

    The tokeniser of rouge-score knows the letters a to z only; of texts in these it makes the same words.
    """

    def tokenize(self, text: str) -> list[str]:
        """Split a text."""
        return "".join(_spaced(char) for char in text.lower()).split()


@cache
def _spaced(char: str) -> str:
    if _HAN.match(char) or (_UNSPACED.match(char) and char.isalpha()):
        return f" {char} "
    return char if char.isalnum() or unicodedata.category(char).startswith("M") else " "
