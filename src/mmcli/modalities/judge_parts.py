"""Building blocks of judges, shared by several modalities.

A judge is a small network trained on real data only, whose features are used to score generated data. It reads
the network form of one field and gives `features [B, width]`, standardised by a batch normalisation
without parameters, and `logits [B, classes]` (no such output if `classes` is 0).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_layers = keras.layers
_MAX_NOISE = 100_003  # normal numbers per batch; larger batches repeat them, since drawing would take longer than training


def block(x: Any) -> Any:
    """Batch normalisation and SiLU, after a convolution without bias."""
    return _layers.Activation("silu")(_layers.BatchNormalization(momentum=0.9)(x))


def judge(inputs: Any, x: Any, classes: int, width: int) -> keras.Model:
    """Complete a judge whose trunk maps `inputs` to `x [B, n]`."""
    x = _layers.BatchNormalization(momentum=0.9, center=False, scale=False)(_layers.Dense(width, use_bias=False)(x))
    outputs = {"features": _layers.Activation("linear", dtype="float32", name="features")(x)}
    if classes:
        outputs["logits"] = _layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(inputs, outputs, name="judge")


def shaken(inputs: Array, rng: np.random.Generator) -> Array:
    """Augment floats `[B, ..., C]`: shift by up to 1/16 along each inner axis, brightness and noise."""
    items = np.arange(len(inputs))
    shifted = inputs
    for axis in range(1, inputs.ndim - 1):
        most = max(1, inputs.shape[axis] // 16)
        moved = np.moveaxis(shifted, axis, 1)
        places = np.arange(moved.shape[1])[None, :] + rng.integers(-most, most + 1, len(inputs))[:, None]
        shifted = np.moveaxis(moved[items[:, None], np.clip(places, 0, moved.shape[1] - 1)], 1, axis)
    level = rng.standard_normal((len(inputs), *([1] * (inputs.ndim - 1))), dtype=np.float32)
    noise = np.resize(rng.standard_normal(min(inputs.size, _MAX_NOISE), dtype=np.float32), inputs.shape)
    return np.asarray(shifted + np.float32(0.1) * (level + noise), dtype=np.float32)
