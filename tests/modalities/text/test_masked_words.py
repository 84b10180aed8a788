"""Pre-training a transformer by guessing hidden words."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.fixture
def trainer():
    import keras

    from mmcli.modalities.text.bert.network import transformer
    from mmcli.modalities.text.bert.shape import BertShape
    from mmcli.modalities.text.masked_words import MaskedWords

    def make(seed=0):
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(0)
        first = rng.integers(4, 10, (160, 1))
        rows = np.hstack([first, first, first, np.full((160, 1), 3), np.zeros((160, 1))]).astype(np.int32)
        body = transformer(BertShape(vocabulary=11, hidden=16, layers=1, heads=2, inner=32, positions=8), 5)
        return MaskedWords(body, rows[:128], rows[128:], vocabulary=10, epochs=25, batch_size=16, learning_rate=5e-3, seed=seed)

    return make


def test_only_words_are_hidden_and_at_least_one_of_each_text(trainer):
    import tensorflow as tf

    model = trainer()
    rows = np.array([[4, 5, 6, 3, 0], [7, 3, 0, 0, 0], [3, 0, 0, 0, 0]], np.int32)
    for step in range(20):
        hidden, chosen = (x.numpy() for x in model.hide(tf.constant(rows), tf.constant(step)))
        assert (hidden[~chosen] == rows[~chosen]).all()
        assert not chosen[rows < 4].any()
        assert chosen[:2].any(1).all()


def test_it_learns_that_the_words_of_a_text_are_equal(trainer):
    model = trainer()
    before = model.validate()["validation_loss"]
    for epoch in range(25):
        model.train_epoch(epoch)
    assert before > 2.0
    assert model.validate()["validation_loss"] < 0.6 * before


def test_the_same_seed_gives_the_same_weights(trainer):
    found = []
    for _ in range(2):
        model = trainer(seed=5)
        model.train_epoch(0)
        found.append([v.numpy() for v in model.variables()])
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
