"""Generate texts with a trained network; each depends only on its seed and its condition, not on its batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.token_ids import END, PAD
from mmcli.generators.base import Decoding, Sampler
from mmcli.generators.quantiles import word_quantiles
from mmcli.generators.sequence import decoding
from mmcli.generators.sequence.inputs import as_inputs, fitted, of_equal_length, specs_of
from mmcli.generators.sequence.network import CTC, LAYER, PRESENT
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
    least_batch = 2048  # so that there are many of each length

    def __init__(self, model: keras.Model, codec: TokenCodec, how: Decoding) -> None:
        self._layer, self._most, self._how = model.get_layer(LAYER), codec.network_shape[0], how
        self._specs = specs_of(model)
        self._random = not how.beam
        last = tf.TensorSpec((None, None), tf.float32) if self._random else tf.TensorSpec((), tf.int32)
        self._graph = graph(self._texts, input_signature=[self._specs, last])
        self._hearing = graph(lambda inputs: decoding.heard(self._layer, inputs), input_signature=[self._specs])

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
        by_ear = self._by_ear(conditions)
        for head in np.unique(by_ear):
            here = np.flatnonzero(by_ear == head)
            some = conditions[here]
            for places in of_equal_length(some, _CHUNK):
                padded = np.resize(places, _CHUNK)  # the number of rows may change the last bits of a product
                inputs = as_inputs(fitted(some[padded]), self._specs)
                ids = self._heard(inputs) if head else self._graph(inputs, self._last(seeds[here[padded]]))[0].numpy()
                found[here[places], : ids.shape[1]] = ids[: len(places)]
        return found

    def _by_ear(self, conditions: Any) -> npt.NDArray[np.bool_]:
        """Whose text is read off a sound's own states; random texts are always the decoder's."""
        name = self._layer.heard
        if self._random or self._layer.head != CTC or name not in conditions.present:
            return np.zeros(len(conditions), bool)
        return np.asarray(conditions.present[name])

    def _heard(self, inputs: dict[str, tf.Tensor]) -> Array:
        states = self._hearing(inputs).numpy()
        return np.stack([_collapsed(row, self._most) for row in states])

    def _last(self, seeds: Array) -> tf.Tensor:
        if not self._random:
            return tf.constant(self._most)
        return tf.constant(word_quantiles(seeds, self._most))


def _collapsed(states: Array, length: int) -> Array:
    """Ids `[length]` of the best tokens of states: repetitions are one token, blanks none (Graves et al. 2006)."""
    changes = np.append(True, states[1:] != states[:-1])
    tokens = states[changes & (states != PAD)][: length - 1]
    found = np.full(length, PAD, np.int32)
    found[: len(tokens) + 1] = [*tokens, END]
    return found
