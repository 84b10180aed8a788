"""Overlap of texts: the published figures, the best of several references, and what does not apply is not given."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.bootstrap import resamples
from mmcli.metrics.paired.text_overlap import bleu, cer, chrf, exact_match, overlaps, rouge, wer

TEXTS = ["the cat sat on the mat .", "a dog", "It isn't (really) 3,000 people, is it?", "", "red green blue"]
REFERENCES = [
    ["the cat sat on a mat .", "there is a cat on the mat ."],
    ["a dog barks at the cat", "dogs bark"],
    ["It is not really 3,000 people, is it?", "really 3,000?"],
    ["something", "anything at all"],
    ["red green blue", "blue"],
]
COLUMNS = [list(column) for column in zip(*REFERENCES, strict=True)]


def test_bleu_and_chrf_of_all_texts_are_those_of_sacrebleu():
    from sacrebleu.metrics import BLEU, CHRF

    assert float(bleu(TEXTS, REFERENCES)) == pytest.approx(BLEU().corpus_score(TEXTS, COLUMNS).score)
    assert float(chrf(TEXTS, REFERENCES)) == pytest.approx(CHRF().corpus_score(TEXTS, COLUMNS).score)
    firsts = [[own[0]] for own in REFERENCES]
    assert float(chrf(TEXTS, firsts)) == pytest.approx(CHRF().corpus_score(TEXTS, COLUMNS[:1]).score)


def test_resampled_bleu_is_that_of_the_resampled_texts():
    from sacrebleu.metrics import BLEU

    counts = resamples(len(TEXTS))[:4]
    for value, times in zip(bleu(TEXTS, REFERENCES).draws(4), counts, strict=True):
        rows = np.repeat(np.arange(5), times)
        columns = [[column[i] for i in rows] for column in COLUMNS]
        assert value == pytest.approx(BLEU().corpus_score([TEXTS[i] for i in rows], columns).score)


def test_rouge_is_that_of_its_library_for_plain_words():
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    found = [scorer.score_multi(own, text) for text, own in zip(TEXTS, REFERENCES, strict=True)]
    expected = [np.mean([one[kind].fmeasure for one in found]) for kind in ("rouge1", "rouge2", "rougeL")]
    assert [float(score) for score in rouge(TEXTS, REFERENCES).values()] == pytest.approx(expected)


def test_rouge_reads_other_scripts():
    same, other = (
        rouge(["Собака лает", "हिन्दी भाषा", "一只狗叫"], [["собака лает"], ["हिन्दी भाषा"], [last]]) for last in ("一只狗叫", "两个猫睡")
    )
    assert float(same["rouge_2"]) == 1.0
    assert float(other["rouge_1"]) == pytest.approx(2 / 3)


def test_error_rates_are_errors_over_lengths_of_the_best_references():
    assert float(wer(["a b c", "x"], [["a c", "q"], ["y z"]])) == pytest.approx((1 + 2) / (2 + 2))
    assert float(cer(["abc", ""], [["abd"], ["xy"]])) == pytest.approx((1 + 2) / (3 + 2))
    assert float(wer(["a b c d"], [["a"]])) == 3.0
    assert float(wer(["two words"], [[""]])) == 2.0


def test_exact_match_ignores_blanks_only():
    assert float(exact_match([" a  b\n", "A b"], [["x", "a b"], ["a b"]])) == 0.5


def test_scores_of_word_order_are_not_given_for_one_word_answers():
    assert set(overlaps(["yes", "no"], [["no"], ["no"]])) == {"chrf", "cer", "exact_match"}
    assert set(overlaps(["我们在这里"], [["我们在那里"]])) == {"bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "cer", "exact_match"}
    assert "bleu" not in overlaps(["the cat sat"], [["a cat sat"]])


def test_texts_without_blanks_are_compared_by_character():
    assert float(bleu(["我们在这里。"], [["我们在这里。"]])) == pytest.approx(100.0)
    assert 0.0 < float(bleu(["สวัสดีครับผม"], [["สวัสดีครับ"]])) < 100.0


def test_without_texts_or_references_there_is_nothing_to_compare():
    for score in (bleu, chrf, rouge, wer, cer, exact_match):
        with pytest.raises(ValueError, match="nothing"):
            score([], [])
        with pytest.raises(ValueError, match="nothing"):
            score(["a"], [[]])
