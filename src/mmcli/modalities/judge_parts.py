"""Building blocks of judges, shared by several modalities.

A judge is a small network trained on real data only, whose features are used to score generated data. It reads
the network form of one field and gives `features [B, width]`, standardised by a batch normalisation
without parameters, `logits [B, classes]` (no such output if `classes` is 0), and `real [B, 1]`, the logit of the
item being real and not a corrupted one.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[Any]
_layers = keras.layers
_MAX_NOISE = 100_003  # normal numbers per batch; larger batches repeat them, since drawing would take longer than training


def block(x: Any) -> Any:
    """Batch normalisation and SiLU, after a convolution without bias."""
    return _layers.Activation("silu")(_layers.BatchNormalization(momentum=0.9)(x))


def judge(inputs: Any, x: Any, classes: int, width: int) -> keras.Model:
    """Complete a judge whose trunk maps `inputs` to `x [B, n]`."""
    x = _layers.BatchNormalization(momentum=0.9, center=False, scale=False)(_layers.Dense(width, use_bias=False)(x))
    outputs = {
        "features": _layers.Activation("linear", dtype="float32", name="features")(x),
        "real": _layers.Dense(1, dtype="float32", name="real")(_layers.Activation("silu")(x)),
    }
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


def corrupted(inputs: Array, rng: np.random.Generator) -> Array:
    """Corrupt floats `[B, ..., C]` in [-1, 1] so that no real item looks like them.

    Each item is blurred, cut into blocks that change places, mixed with another item, bent, or covered with noise.
    """
    ways = (_blurred, _shuffled, _mixed, _bent, _noisy)
    chosen, found = rng.integers(len(ways), size=len(inputs)), np.empty_like(inputs, dtype=np.float32)
    for number, way in enumerate(ways):
        here = np.flatnonzero(chosen == number)
        if len(here):
            found[here] = way(inputs[here], inputs, rng)
    return found


def _blurred(x: Array, _: Array, rng: np.random.Generator) -> Array:
    width = rng.uniform(0.03, 0.12)
    return np.asarray(ndimage.gaussian_filter(x, (0, *(max(0.7, width * n) for n in x.shape[1:-1]), 0), mode="nearest"))


def _shuffled(x: Array, _: Array, rng: np.random.Generator) -> Array:
    for axis in range(1, x.ndim - 1):
        parts = np.array_split(np.arange(x.shape[axis]), min(x.shape[axis], int(rng.integers(3, 6))))
        order = rng.permutation(len(parts))
        while (order == np.arange(len(parts))).all() and len(parts) > 1:
            order = rng.permutation(len(parts))
        x = np.take(x, np.concatenate([parts[i] for i in order]), axis)
    return x


def _mixed(x: Array, every: Array, rng: np.random.Generator) -> Array:
    share = rng.uniform(0.35, 0.65, (len(x), *([1] * (x.ndim - 1)))).astype(np.float32)
    return np.asarray(share * x + (1.0 - share) * every[rng.integers(len(every), size=len(x))])


def _bent(x: Array, _: Array, rng: np.random.Generator) -> Array:
    """Move every place by a smooth random field, up to a sixth of each inner axis."""
    inner = x.shape[1:-1]
    places = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in inner), indexing="ij")
    moved = []
    for place, n in zip(places, inner, strict=True):
        smooth = ndimage.gaussian_filter(rng.standard_normal(inner), [max(1.0, m / 8) for m in inner])
        moved.append(place + smooth / max(1e-6, float(np.abs(smooth).max())) * n / 6)
    channels = [ndimage.map_coordinates(item[..., c], moved, order=1, mode="nearest") for item in x for c in range(x.shape[-1])]
    return np.moveaxis(np.stack(channels).reshape(len(x), x.shape[-1], *inner), 1, -1)


def _noisy(x: Array, _: Array, rng: np.random.Generator) -> Array:
    return np.asarray(x + rng.uniform(0.25, 0.8) * rng.standard_normal(x.shape, dtype=np.float32))
