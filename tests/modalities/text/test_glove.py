"""GloVe in TensorFlow against its formula in NumPy."""

import numpy as np
import pytest

from mmcli.modalities.text.words.cooccurrence import Cooccurrence, count

pytestmark = pytest.mark.tf


@pytest.fixture
def pairs(tmp_path):
    rng = np.random.default_rng(0)
    return count([rng.integers(0, 12, 20) for _ in range(15)], 12, 5, tmp_path)


def formula(model, pairs):
    """Eq. 8 of Pennington et al. (2014), pair by pair."""
    word, context = (table.astype(np.float64) for table in model.tables())
    total = 0.0
    for key, x in zip(pairs.keys, pairs.counts, strict=True):
        i, j = divmod(int(key), pairs.num_words)
        weight = min(1.0, (float(x) / 100.0) ** 0.75)
        total += weight * (word[i, :-1] @ context[j, :-1] + word[i, -1] + context[j, -1] - np.log(float(x))) ** 2
    return total


def test_loss_equals_the_formula_before_and_after_fitting(pairs):
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    model = Glove(pairs, GloveOptions(width=7, epochs=3, batch_size=32))
    before = model.loss()
    assert before == pytest.approx(formula(model, pairs), rel=1e-5)
    model.fit()
    assert model.loss() == pytest.approx(formula(model, pairs), rel=1e-5)
    assert model.loss() < before


def test_one_batch_is_one_adagrad_step_of_the_summed_gradient(pairs):
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    model = Glove(pairs, GloveOptions(width=7, epochs=1, batch_size=len(pairs.keys), learning_rate=0.3))
    tables = [table.astype(np.float64) for table in model.tables()]
    model.fit()

    gradients = [np.zeros_like(table) for table in tables]
    for key, x in zip(pairs.keys, pairs.counts, strict=True):
        i, j = divmod(int(key), pairs.num_words)
        u, v = tables[0][i], tables[1][j]
        pull = min(1.0, (float(x) / 100.0) ** 0.75) * (u[:-1] @ v[:-1] + u[-1] + v[-1] - np.log(float(x)))
        gradients[0][i] += pull * np.r_[v[:-1], 1.0]
        gradients[1][j] += pull * np.r_[u[:-1], 1.0]
    for found, before, gradient in zip(model.tables(), tables, gradients, strict=True):
        assert found == pytest.approx(before - 0.3 * gradient / np.sqrt(1.0 + gradient**2), abs=1e-6)


def test_pulls_pair_each_word_with_its_context_both_ways():
    from mmcli.modalities.text.words.glove import pulls_of

    rows, places, by_right = pulls_of(np.array([0 * 5 + 4, 2 * 5 + 1, 2 * 5 + 4]), 5)
    assert rows.tolist() == [0, 2, 5 + 1, 5 + 4]
    assert rows[places].tolist() == [[0, 9], [2, 6], [2, 9], [6, 2], [9, 0], [9, 2]]
    assert by_right.tolist() == [1, 0, 2]


def test_fitting_twice_gives_the_same_vectors(pairs):
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    found = []
    for _ in range(2):
        model = Glove(pairs, GloveOptions(width=5, epochs=2, batch_size=16, seed=4))
        model.fit()
        found.append(model.vectors())
    assert np.array_equal(*found)


@pytest.mark.parametrize("keys", [[], [0], [1, 2]])
def test_tiny_corpora_never_give_nan(keys):
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    tiny = Cooccurrence(np.array(keys, np.int64), np.full(len(keys), 1e-3, np.float32), 2)
    model = Glove(tiny, GloveOptions(width=3, epochs=50, learning_rate=1.0))
    losses = model.fit()
    assert np.isfinite(model.vectors()).all()
    assert np.isfinite(losses).all()
