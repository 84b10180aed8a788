"""Scores come beside the real figure, and fall when the samples get worse."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.suite import KNOWN, FeatureSet, class_scores, copy_scores, distribution_scores, per_class, text_scores


def _set(rng, count, shift=0.0, wrong=0):
    labels = np.arange(count) % 3
    read = np.where(np.arange(count) < wrong, (labels + 1) % 3, labels)
    return FeatureSet(np.eye(3)[labels] * 4 + shift + rng.normal(size=(count, 3)), np.eye(3)[read] * 0.98 + 0.01, labels)


def test_real_figure_equals_the_samples_figure_for_the_same_items(rng):
    same, reference = _set(rng, 60), _set(rng, 60)
    for score in distribution_scores(same, same, reference, 5).values():
        assert score.value == score.real


def test_shifted_samples_score_worse_than_real_ones(rng):
    scores = distribution_scores(_set(rng, 90, shift=6.0), _set(rng, 90), _set(rng, 90), 5)
    for name, score in scores.items():
        worse = score.value > score.real if KNOWN[name][0] == "lower" else score.value < score.real
        assert worse, name


def test_condition_accuracy_counts_what_was_asked(rng):
    scores = class_scores(_set(rng, 60, wrong=15), _set(rng, 60), _set(rng, 30, wrong=3))
    assert (scores["condition_accuracy"].value, scores["condition_accuracy"].real) == (0.75, 0.9)
    assert scores["inception_score"].value == pytest.approx(3.0, abs=0.5)


def test_without_classes_there_are_no_class_scores(rng):
    plain = FeatureSet(rng.normal(size=(20, 3)), np.zeros((20, 0)), np.full(20, -1))
    assert class_scores(plain, plain, plain) == {}


def test_copies_stand_out(rng):
    train, held_out, other = _set(rng, 200), _set(rng, 80), _set(rng, 80)
    scores = copy_scores(train.take(np.arange(50)), train, held_out, other)
    assert scores["copies"].value == 1.0
    assert scores["copies"].real < 0.1
    assert scores["nearer_to_train"].value > 0.6


def test_few_items_use_fewer_neighbours(rng):
    assert distribution_scores(_set(rng, 3), _set(rng, 3), _set(rng, 4), 5)["precision"].n == 3


def test_text_scores_have_both_sides(rng):
    texts = [[4, 5, 6, 7], [4, 5, 8, 9], [6, 7, 8, 9]]
    scores = text_scores(texts, texts, texts)
    assert scores["bleu_4"].value == scores["bleu_4"].real == pytest.approx(1.0)


def test_per_class_names_the_usual_mistake(rng):
    rows = per_class(_set(rng, 60, wrong=15), ["a", "b", "c"])["rows"]
    assert rows[0]["most_confused_with"] == "b"
    assert sum(row["asked"] for row in rows) == 60
