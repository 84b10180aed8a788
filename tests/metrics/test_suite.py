"""Scores come beside the real figure, and fall when the samples get worse."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.score import KNOWN
from mmcli.metrics.suite import (
    FeatureSet,
    class_scores,
    copy_scores,
    distribution_scores,
    per_class,
    realness_scores,
    repetition_scores,
    text_scores,
)


def _set(rng, count, shift=0.0, wrong=0):
    labels = np.arange(count) % 3
    read = np.where(np.arange(count) < wrong, (labels + 1) % 3, labels)
    features = np.eye(3)[labels] * 4 + shift + rng.normal(size=(count, 3))
    return FeatureSet(features, np.eye(3)[read] * 0.98 + 0.01, labels, np.linspace(-3.0, 3.0, count))


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
    plain = FeatureSet(rng.normal(size=(20, 3)), np.zeros((20, 0)), np.full(20, -1), np.zeros(20))
    assert class_scores(plain, plain, plain) == {}


def test_copies_stand_out(rng):
    train, held_out, other = _set(rng, 200), _set(rng, 80), _set(rng, 80)
    scores = copy_scores(train.take(np.arange(50)), train, held_out, other)
    assert scores["copies"].value == 1.0
    assert scores["copies"].real < 0.1
    assert scores["nearer_to_train"].value > 0.6
    assert scores["copies"].chance < 1e-20
    assert scores["copying_z"].value < -5.0
    for name in ("copies", "copying_z", "nearer_to_train"):
        assert scores[name].low <= scores[name].value <= scores[name].high
    new = copy_scores(_set(rng, 80), train, held_out, other)
    assert new["copies"].chance > 0.01
    assert abs(new["copying_z"].value) < 4.0


def test_a_few_copies_among_new_items_stand_out(rng):
    train, held_out = _set(rng, 1000), _set(rng, 150)
    samples = _set(rng, 150)
    samples.features[:8] = train.features[:8]
    assert copy_scores(samples, train, held_out, None)["copies"].chance < 0.01


def test_equal_items_are_counted_if_any_occurs_twice():
    assert repetition_scores([b"a", b"b"], [b"c"]) == {}
    found = repetition_scores([b"a", b"a", b"b", b"a"], [b"c", b"d"])["most_frequent_share"]
    assert (found.value, found.real) == (0.75, 0.5)


def test_an_answer_at_random_is_as_often_right_as_the_labels_are_frequent(rng):
    found = class_scores(_set(rng, 60), _set(rng, 60), _set(rng, 30))["condition_accuracy"]
    assert found.baselines["random"] == pytest.approx(1 / 3)
    assert found.low == found.high == 1.0


def test_items_less_real_than_the_least_real_twentieth_do_not_look_real(rng):
    real, samples = _set(rng, 100), _set(rng, 50)  # from -3 to 3 each
    found = realness_scores(samples, real, real)["realistic"]
    assert found.real == 0.95
    assert found.value == pytest.approx(0.95, abs=0.02)
    assert found.low < found.value < found.high <= 1.0


def test_few_items_use_fewer_neighbours(rng):
    assert distribution_scores(_set(rng, 3), _set(rng, 3), _set(rng, 4), 5)["precision"].n == 3


def test_text_scores_have_both_sides(rng):
    texts = [[(start + step) % 9 + 4 for step in range(6)] for start in rng.integers(0, 9, 40)]
    scores = text_scores(texts, texts, texts, texts, 13)
    assert scores["forward_bleu_4"].value == scores["forward_bleu_4"].real == pytest.approx(1.0)
    assert scores["typical"].value == scores["typical"].real >= 0.95
    assert scores["held_out_nats"].value == pytest.approx(scores["held_out_nats"].real)


def test_word_salad_is_not_typical_and_teaches_nothing_of_real_texts(rng):
    texts = [[(start + step) % 9 + 4 for step in range(6)] for start in rng.integers(0, 9, 120)]
    salad = [list(rng.permutation(text)) for text in texts[:40]]
    scores = text_scores(salad, texts[40:], texts[40:80], texts[80:], 13)
    assert scores["typical"].value < 0.1
    assert scores["held_out_nats"].value > 2 * scores["held_out_nats"].real
    assert scores["two_sample"].value > 0.9


def test_bleu_of_texts_shorter_than_its_order_is_not_given(rng):
    texts = [[4], [5], [4, 5]] * 5
    assert "forward_bleu_4" not in text_scores(texts, texts, texts, texts, 6)


def test_per_class_names_the_usual_mistake(rng):
    rows = per_class(_set(rng, 60, wrong=15), ["a", "b", "c"])["rows"]
    assert rows[0]["most_confused_with"] == "b"
    assert sum(row["asked"] for row in rows) == 60
