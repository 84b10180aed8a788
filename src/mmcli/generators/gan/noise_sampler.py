"""Generate items from noise and a condition with a trained generator; each item has its own seed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.generators.base import Sampler
from mmcli.generators.gan import latents
from mmcli.nn.chunks import in_chunks
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
_CHUNK = 64


class NoiseSampler(Sampler):
    """For generators of `(noise, condition) -> item`.

    Args:
        model: The generator.
        truncation: Bound of the noise, see `latents.truncated`.
    """

    def __init__(self, model: keras.Model, truncation: float | None = None) -> None:
        self.model, self.noise_dim, self._truncation = model, int(model.input["noise"].shape[-1]), truncation
        self.condition_dim = int(model.input["condition"].shape[-1])
        self._graph = graph(lambda z, c: model({"noise": z, "condition": c}, training=False))

    def noise(self, seeds: npt.ArrayLike) -> Array:
        """Noise `[n, Z]` of seeds."""
        return latents.noise(seeds, self.noise_dim, self._truncation)

    def sample(self, conditions: Any, seeds: npt.ArrayLike) -> Array:
        """Items `[n, ...]` float32 for conditions `[n, D]`."""
        return self.items(self.noise(seeds), conditions)

    def between(self, first: Array, second: Array, fraction: Array) -> Array:
        """Points between latents or conditions, see `latents.between`."""
        return latents.between(first, second, fraction)

    def items(self, noise: Array, conditions: Array) -> Array:
        """Items `[n, ...]` float32 for noise `[n, Z]` and conditions `[n, D]`."""
        arrays = (np.asarray(noise, dtype=np.float32), np.asarray(conditions, dtype=np.float32))
        (items,) = in_chunks(lambda z, c: self._graph(tf.constant(z), tf.constant(c)), arrays, _CHUNK)
        return items.astype(np.float32)
