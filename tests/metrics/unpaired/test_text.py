"""BLEU equals nltk's; self-BLEU and distinct-n equal their definitions."""

from __future__ import annotations

import pytest

from mmcli.metrics.unpaired.text import bleu, distinct, self_bleu


def _sentences(rng, count):
    return [[int(w) for w in rng.zipf(1.5, rng.integers(1, 12)) % 20] for _ in range(count)]


def _nltk_bleu(hypothesis, references, order):
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    return sentence_bleu(references, hypothesis, [1 / order] * order, SmoothingFunction().method1)


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_bleu_equals_nltk(rng, order):
    hypotheses, references = _sentences(rng, 60), _sentences(rng, 40)
    expected = sum(_nltk_bleu(h, references, order) for h in hypotheses) / len(hypotheses)
    assert bleu(hypotheses, references, order) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("order", [2, 4])
def test_self_bleu_equals_nltk_with_the_text_left_out(rng, order):
    texts = _sentences(rng, 40)
    expected = sum(_nltk_bleu(t, texts[:i] + texts[i + 1 :], order) for i, t in enumerate(texts)) / len(texts)
    assert self_bleu(texts, order) == pytest.approx(expected, abs=1e-6)


def test_repeating_one_text_is_self_bleu_one():
    assert self_bleu([list("abcdef")] * 5) == pytest.approx(1.0)


def test_empty_hypothesis_scores_nothing():
    assert bleu([[]], [["a", "b"]]) == 0.0


def test_distinct_counts_different_ngrams():
    assert distinct([["a", "b", "a"], ["a", "b"]], 1) == pytest.approx(2 / 5)
    assert distinct([["a", "b", "a"], ["a", "b"]], 2) == pytest.approx(2 / 3)
    assert distinct([["a"]], 2) == 0.0


def test_nothing_to_compare_is_an_error():
    with pytest.raises(ValueError, match="references"):
        bleu([["a"]], [])
    with pytest.raises(ValueError, match="two"):
        self_bleu([["a"]])
