"""Functions as TensorFlow graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def graph(function: Callable[..., Any], *, loops: bool = False, **options: Any) -> Any:
    """`tf.function`, without AutoGraph unless it is needed.

    AutoGraph writes the source of every function that it converts into a file in the folder for temporary files, where a
    killed process leaves it, and takes longer to trace.

    Args:
        function: The function.
        loops: Whether it has Python loops or conditions on tensors, which AutoGraph converts.
        options: Other options of `tf.function`.
    """
    return tf.function(function, autograph=loops, **options)
