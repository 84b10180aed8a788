"""The n-gram model of texts."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.unpaired.language_model import learn


def test_a_worked_example() -> None:
    """One text `0` of a vocabulary of one: trigrams (s s 0) and (s 0 e) once each, d = .75, and 3 words with start and end.

    Unigram: 0 and e follow one word each of 2 bigrams: p1 = (1 - .75) / 2 + .75 * 2 / 2 / 3 = .375.
    Bigram after s: p2(0) = .25 + .75 p1 = .53125; trigram after (s s): p3(0) = .25 + .75 p2 = .6484375; the same for e after 0.
    """
    found = learn([[0]], 1).nats_per_token([[0]])
    assert found == pytest.approx([-np.log(0.6484375)])


def test_the_order_of_words_matters() -> None:
    rng = np.random.default_rng(0)
    texts = [[(start + step) % 30 for step in range(8)] for start in rng.integers(0, 30, 200)]
    model = learn(texts, 30)
    real = model.nats_per_token(texts[:20])
    shuffled = model.nats_per_token([list(rng.permutation(text)) for text in texts[:20]])
    assert real.max() < 1.0
    assert shuffled.min() > 2.0


def test_ids_that_were_never_seen_are_unlikely_but_possible() -> None:
    model = learn([[0, 1]] * 5, 100)
    seen, unseen = model.nats_per_token([[0, 1], [98, 99]])
    assert seen < 0.5 < 3.0 < unseen < np.inf


def test_an_empty_text_has_only_an_end() -> None:
    assert learn([[0, 1], []], 2).nats_per_token([[]]).shape == (1,)


def test_what_follows_a_beginning_is_a_distribution_that_agrees_with_the_likelihood() -> None:
    texts = [[0, 1, 2], [0, 1, 1, 3], [2, 0, 1]]
    model = learn(texts, 4, 4)
    start, end = 4, 5
    for text in ([0, 1, 1, 3], [3, 2], []):
        steps = [model.following(text[:i]) for i in range(len(text) + 1)]
        for step in steps:
            assert np.exp(step).sum() == pytest.approx(1.0)
            assert step[start] < step[end]
        total = -sum(step[letter] for step, letter in zip(steps, [*text, end], strict=True))
        assert total == pytest.approx(float(model.nats_per_token([text])[0]) * (len(text) + 1))
