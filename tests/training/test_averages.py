"""The best weights so far, and when they are worth going back to."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.fixture
def network():
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    import keras

    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])


def best_of(network, scores):
    from mmcli.training.averages import BestWeights

    best = BestWeights(network)
    for kimg, score in enumerate(scores):
        network.weights[0].assign(np.full((2, 1), kimg))
        best.offer(score, kimg)
    return best


def test_a_clearly_better_earlier_network_comes_back(network):
    best = best_of(network, [2.0, -1.0, 0.5])
    assert best.clearly_better()
    best.restore()
    assert (np.asarray(network.weights[0]) == 1).all()
    assert best.facts() == {"kid_best": -1.0, "kid_last": 0.5, "best_kimg": 1.0, "generator_is": "best"}


def test_a_difference_within_the_noise_keeps_the_last(network):
    assert not best_of(network, [0.5, 0.001, 0.008]).clearly_better()
    assert not best_of(network, [0.96, 1.0]).clearly_better()


def test_without_scores_there_is_no_best(network):
    best = best_of(network, [])
    assert best.score is None
    assert not best.clearly_better()
