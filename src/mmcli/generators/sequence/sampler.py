"""Generate texts with a trained network; each depends only on its seed and its condition, not on its batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.streams import Purpose, generator
from mmcli.core.token_ids import PAD
from mmcli.generators.base import Decoding, Sampler
from mmcli.generators.sequence import decoding
from mmcli.generators.sequence.inputs import as_inputs, fitted, of_equal_length, specs_of
from mmcli.generators.sequence.network import LAYER, PRESENT
from mmcli.modalities.base import TokenCodec
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
_CHUNK = 64


class SequenceSampler(Sampler):
    """See `base.Sampler`.

    Args:
        model: The network.
        codec: Codec of the target, which bounds the length.
        how: How the next token is chosen.
    """

    condition_dim = 0

    def __init__(self, model: keras.Model, codec: TokenCodec, how: Decoding) -> None:
        self._layer, self._most, self._how = model.get_layer(LAYER), codec.network_shape[0], how
        self._specs = specs_of(model)
        self._random = not how.beam
        last = tf.TensorSpec((None, None), tf.float32) if self._random else tf.TensorSpec((), tf.int32)
        self._graph = graph(self._texts, input_signature=[self._specs, last])

    def _texts(self, inputs: dict[str, tf.Tensor], last: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        how = self._how
        if self._random:
            return decoding.sampled(self._layer, inputs, last, how.temperature, how.top_k, how.top_p)
        if how.beam == 1:
            batch = tf.shape(inputs[PRESENT])[0]
            return decoding.sampled(self._layer, inputs, tf.zeros([batch, last]), 0.0, 0, 1.0)
        return decoding.searched(self._layer, inputs, last, how.beam, how.length_penalty)

    def sample(self, conditions: Any, seeds: npt.ArrayLike) -> Array:
        """Ids `[n, T]`."""
        seeds = np.asarray(seeds)
        found = np.full((len(conditions), self._most), PAD, np.int32)
        for numbers in of_equal_length(conditions, _CHUNK):
            padded = np.resize(numbers, _CHUNK)  # the number of rows may change the last bits of a product
            ids, _ = self._graph(as_inputs(fitted(conditions[padded]), self._specs), self._last(seeds[padded]))
            found[numbers, : ids.shape[1]] = ids.numpy()[: len(numbers)]
        return found

    def _last(self, seeds: Array) -> tf.Tensor:
        if not self._random:
            return tf.constant(self._most)
        uniform = np.stack([generator(seed, Purpose.WORD_CHOICE).random(self._most) for seed in seeds])
        return tf.constant(uniform.astype(np.float32))
