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
    word, context = model.word.numpy().astype(np.float64), model.context.numpy().astype(np.float64)
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
