"""Generate texts with a trained network; each depends only on its seed and its condition, not on its batch."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.token_ids import PAD
from mmcli.generators.base import Decoding, Sampler
from mmcli.generators.quantiles import word_quantiles
from mmcli.generators.sequence import decoding, hearing
from mmcli.generators.sequence.inputs import as_inputs, fitted, of_equal_length, specs_of
from mmcli.generators.sequence.network import CTC, LAYER, PRESENT
from mmcli.modalities.base import TokenCodec
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
SCORE = "token_log_probability"
_CHUNK, _CHUNK_OF_SOUNDS = 64, 8  # sounds are of many lengths and have many tokens


class SequenceSampler(Sampler):
    """See `base.Sampler`.

    Args:
        model: The network.
        codec: Codec of the target, which bounds the length.
        how: How the next token is chosen.
        fusion: Language model of sounds' letters, if any.
    """

    condition_dim = 0
    least_batch = 2048  # so that there are many of each length

    def __init__(self, model: keras.Model, codec: TokenCodec, how: Decoding, fusion: hearing.Fusion | None = None) -> None:
        self.fusion = fusion
        self._layer, self._most, self._how = model.get_layer(LAYER), codec.network_shape[0], how
        self._specs, self._codec = specs_of(model), codec
        self._random, self._chunk = not how.beam, _CHUNK_OF_SOUNDS if self._layer.heard else _CHUNK
        last = tf.TensorSpec((None, None), tf.float32) if self._random else tf.TensorSpec((), tf.int32)
        self.no_repeat = (0 if self._random else self._layer.no_repeat) if how.no_repeat is None else how.no_repeat
        self._graph = graph(self._texts, input_signature=[self._specs, last])
        self._hearing = graph(lambda inputs: decoding.heard(self._layer, inputs), input_signature=[self._specs])

    def _texts(self, inputs: dict[str, tf.Tensor], last: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        how, no_repeat = self._how, self.no_repeat
        if self._random:
            return decoding.sampled(self._layer, inputs, last, how.temperature, how.top_k, how.top_p, no_repeat)
        if how.beam == 1:
            batch = tf.shape(inputs[PRESENT])[0]
            return decoding.sampled(self._layer, inputs, tf.zeros([batch, last]), 0.0, 0, 1.0, no_repeat)
        return decoding.searched(self._layer, inputs, last, how.beam, how.length_penalty, no_repeat)

    def sample(self, conditions: Any, seeds: npt.ArrayLike) -> Array:
        """Ids `[n, T]`."""
        return self.scored(conditions, seeds)[0]

    def scored(self, conditions: Any, seeds: npt.ArrayLike) -> tuple[Array, dict[str, Array]]:
        """Ids `[n, T]`, and the mean log-probability in nat of their tokens, where the decoder wrote them."""
        seeds = np.asarray(seeds)
        found, means = np.full((len(conditions), self._most), PAD, np.int32), np.full(len(conditions), np.nan, np.float32)
        by_ear = self._by_ear(conditions)
        for head in np.unique(by_ear):
            here = np.flatnonzero(by_ear == head)
            some = conditions[here]
            for places in of_equal_length(some, self._chunk):
                padded = np.resize(places, self._chunk)  # the number of rows may change the last bits of a product
                inputs = as_inputs(fitted(some[padded]), self._specs)
                if head:
                    ids = self._heard(inputs, len(places))
                else:
                    ids, totals = (part.numpy()[: len(places)] for part in self._graph(inputs, self._last(seeds[here[padded]])))
                    means[here[places]] = totals / np.maximum((ids != PAD).sum(1), 1)
                found[here[places], : ids.shape[1]] = ids
        return found, {SCORE: means}

    def _by_ear(self, conditions: Any) -> npt.NDArray[np.bool_]:
        """Whose text is read off a sound's own states; random texts are always the decoder's."""
        name = self._layer.heard
        if self._random or self._layer.head != CTC or name not in conditions.present:
            return np.zeros(len(conditions), bool)
        return np.asarray(conditions.present[name])

    def _heard(self, inputs: dict[str, tf.Tensor], count: int) -> Array:
        """Ids of the first `count` records."""
        states = self._hearing(inputs).numpy()[:count]
        return np.stack(
            [self._codec.unspelled(hearing.best_spelling(chances, self._how.beam, self._codec.sounds(), self.fusion)) for chances in states]
        )

    def _last(self, seeds: Array) -> tf.Tensor:
        if not self._random:
            return tf.constant(self._most)
        return tf.constant(word_quantiles(seeds, self._most))
