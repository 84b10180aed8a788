"""Generate texts token by token with a trained language model; each text has its own seed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.token_ids import END, PAD, START
from mmcli.generators.base import Sampler
from mmcli.generators.quantiles import word_quantiles
from mmcli.nn.chunks import in_chunks
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
_CHUNK = 64
LAYERS = frozenset({"prefix", "words", "memory", "next"})  # of the language model


class TokenSampler(Sampler):
    """For language models with the layers `prefix`, `words`, `memory` and `next`.

    Args:
        model: The language model.
        length: T, the maximum length.
        temperature: Divides the logits; below 1 texts are more typical and less diverse.
    """

    def __init__(self, model: keras.Model, length: int, temperature: float = 1.0) -> None:
        self._length = length
        self.condition_dim = int(model.input["condition"].shape[-1])
        self._graph = graph(lambda c, u: sample_ids(model, c, u, temperature), loops=True)

    def sample(self, conditions: Any, seeds: npt.ArrayLike) -> Array:
        """Ids `[n, T]` for conditions `[n, D]`."""
        arrays = (conditions.astype(np.float32), word_quantiles(seeds, self._length))
        (ids,) = in_chunks(lambda c, u: self._graph(tf.constant(c), tf.constant(u)), arrays, _CHUNK)
        return ids


def sample_ids(model: keras.Model, c: tf.Tensor, uniform: tf.Tensor, temperature: float = 1.0) -> tf.Tensor:
    """Sample ids `[B, T]` token by token, by inverse transform sampling from `uniform [B, T]`."""
    words, cell, head = model.get_layer("words"), model.get_layer("memory").cell, model.get_layer("next")
    state = model.get_layer("prefix")(c)
    token = tf.fill([tf.shape(c)[0]], START)
    ended = tf.zeros([tf.shape(c)[0]], tf.bool)
    ids = tf.TensorArray(tf.int32, uniform.shape[1])
    for position in tf.range(uniform.shape[1]):
        output, (state,) = cell(words(token), [state])
        total = tf.cumsum(tf.nn.softmax(head(output) / temperature), axis=-1)
        token = tf.reduce_sum(tf.cast(total < uniform[:, position, None] * total[:, -1:], tf.int32), -1)
        ids = ids.write(position, tf.where(ended, PAD, token))
        ended = ended | (token == END)
    return tf.transpose(ids.stack())
