"""Choose between a plain TensorFlow graph and one compiled with XLA, by timing both."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from mmcli.nn import graphs

LEAST_GAIN = 1.1  # below it the choice would be random, and runs would not be reproducible
_REPEATS = 3

Graph = Callable[..., tf.Tensor]


def graph_of(function: Graph, wanted: str, *, on_gpu: bool) -> tuple[Graph, Graph | None]:
    """The graph of a function, and the compiled one to compare it with, if any.

    Args:
        function: Python function of tensors; it may have loops and conditions on them.
        wanted: `on`, `off`, or `auto`: compare on a GPU, off otherwise.
        on_gpu: Whether there is a GPU.
    """
    plain = graphs.graph(function, loops=True, reduce_retracing=True)
    if wanted == "off" or (wanted == "auto" and not on_gpu):
        return plain, None
    compiled = graphs.graph(function, loops=True, reduce_retracing=True, jit_compile=True)
    return (compiled, None) if wanted == "on" else (plain, compiled)


def faster(
    plain: Graph, compiled: Graph, arguments: Sequence[Any], variables: Sequence[Any], clock: Callable[[], float] = time.perf_counter
) -> tuple[Graph, float]:
    """The compiled graph if it is at least 10 % faster, otherwise the plain one; and its relative speed.

    Both run on the same arguments; all variables are restored. A graph that cannot be compiled has speed 0.
    """
    kept = [np.asarray(variable) for variable in variables]
    seconds = []
    for graph in (plain, compiled):
        try:
            np.asarray(graph(*arguments))  # traces and compiles
            spent = []
            for _ in range(_REPEATS):
                begin = clock()
                np.asarray(graph(*arguments))
                spent.append(clock() - begin)
            seconds.append(min(spent))
        except tf.errors.OpError:
            if graph is plain:
                raise
            seconds.append(float("inf"))
        finally:
            for variable, value in zip(variables, kept, strict=True):
                variable.assign(value)
    gain = seconds[0] / seconds[1]
    return (compiled if gain >= LEAST_GAIN else plain), gain
