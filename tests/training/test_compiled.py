"""The choice between a plain and a compiled graph."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytestmark = pytest.mark.tf


def graphs(wanted: str, on_gpu: bool = True):
    import tensorflow as tf

    from mmcli.training import compiled

    total = tf.Variable(1.0)

    def double(by: tf.Tensor) -> tf.Tensor:
        total.assign(total * by)
        return total.read_value()

    return compiled, total, compiled.graph_of(double, wanted, on_gpu=on_gpu), tf.constant(2.0)


@pytest.mark.parametrize(
    ("wanted", "on_gpu", "jit", "tried"),
    [
        ("auto", True, None, True),
        ("auto", False, None, False),
        ("on", False, True, False),
        ("off", True, None, False),
    ],
)
def test_what_is_asked_for_is_made(wanted, on_gpu, jit, tried):
    _, _, (graph, other), _ = graphs(wanted, on_gpu)
    assert graph._jit_compile is jit
    assert (other is not None) is tried


@pytest.mark.parametrize(("times", "gain"), [((1.0, 0.5), 2.0), ((1.0, 0.95), 1.0 / 0.95), ((1.0, 2.0), 0.5)])
def test_the_faster_one_is_kept_if_clearly_so_and_nothing_has_changed(times, gain):
    compiled, total, (plain, other), by = graphs("auto")
    ticks = iter(np.cumsum([0.0, *itertools.chain(*([t, 0.0] * 3 for t in times))]))
    chosen, found = compiled.faster(plain, other, [by], [total], clock=lambda: float(next(ticks)))
    assert found == pytest.approx(gain)
    assert chosen is (other if gain >= compiled.LEAST_GAIN else plain)
    assert float(total) == 1.0
    assert float(chosen(by)) == 2.0


def test_what_cannot_be_compiled_stays_plain():
    import tensorflow as tf

    compiled, total, (plain, _), by = graphs("auto")
    broken = tf.function(lambda x: tf.strings.to_number(tf.strings.as_string(x)), jit_compile=True)
    chosen, gain = compiled.faster(plain, broken, [by], [total])
    assert chosen is plain
    assert gain == 0.0
    assert float(total) == 1.0
