"""Random tensors of a step, inside and outside of graphs."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.core.streams import Purpose

pytestmark = pytest.mark.tf


def test_draws_are_repeatable_and_differ_by_purpose_step_index_and_part():
    import tensorflow as tf

    from mmcli.nn.draws import Draws

    def drawn(purpose=Purpose.GAN_NOISE, step=5, index=0, part=0):
        return Draws(7, purpose, tf.constant(step), index).normal((4,), part=part).numpy()

    np.testing.assert_array_equal(drawn(), drawn())
    graph = tf.function(lambda step: Draws(7, Purpose.GAN_NOISE, step, 0).normal((4,)))
    np.testing.assert_array_equal(graph(tf.constant(5)), drawn())
    for other in (drawn(Purpose.GAN_AUGMENT), drawn(step=6), drawn(index=1), drawn(part=1)):
        assert not np.isclose(other, drawn()).any()


def test_uniform_numbers_keep_their_bounds():
    from mmcli.nn.draws import Draws

    values = Draws(0, Purpose.GAN_NOISE, 0).uniform((1000,), low=-1.0, high=3.0).numpy()
    assert values.min() >= -1.0
    assert values.max() < 3.0
    assert values.mean() == pytest.approx(1.0, abs=0.2)
