"""Encoder on a table of word vectors: word2vec, fastText, GloVe or a published table."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mmcli.core.token_ids import PAD
from mmcli.modalities.text.pooled_head import pooled_head
from mmcli.nn.layers import MaskedMean, SequenceMask

WORDS, SIF = "words", "sif"


class SmoothInverseFrequency(keras.layers.Layer):
    """SIF (Arora et al. 2017): weighted mean of word vectors without their common component.

    The weights of the words `[V]` and the component `[C]` are set from the train split; see
    `words.pooling`.
    """

    def __init__(self, vocabulary: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary = vocabulary
        self.mean = MaskedMean()

    def build(self, x_shape: Any, ids_shape: Any) -> None:
        self.weights_of_words = self.add_weight(shape=(self.vocabulary,), initializer="ones", trainable=False, name="weights")
        self.component = self.add_weight(shape=(x_shape[-1],), initializer="zeros", trainable=False, name="component")

    def call(self, x: Any, ids: Any) -> Any:
        weights = ops.take(self.weights_of_words, ids, axis=0) * ops.cast(ops.not_equal(ids, PAD), x.dtype)
        pooled = self.mean(x, weights)
        return pooled - ops.matmul(pooled, self.component[:, None]) * self.component

    def compute_output_shape(self, x_shape: Any, ids_shape: Any) -> Any:
        return (x_shape[0], x_shape[2])


def encoder(
    *, shape: list[int], vocabulary: int, dim: int, tokens: int, width: int, pooling: str = "mean", frozen: bool = False
) -> keras.Model:
    """Word vectors, pooled and projected.

    Input ids `[B, T]` of any T, padded with 0; outputs as `nn.heads.encoder_outputs`.

    Args:
        shape: `[T]`.
        vocabulary: Number of ids of the codec.
        dim: Width of the shared space.
        tokens: Number of tokens.
        width: Width of the word vectors.
        pooling: See `pooled_head`.
        frozen: Whether the word vectors are frozen.
    """
    del shape
    ids = keras.Input((None,), dtype="int32")
    mask = SequenceMask()(ids)
    x = keras.layers.Embedding(vocabulary, width, name=WORDS, trainable=not frozen)(ids)
    x = x * keras.layers.Reshape((-1, 1))(mask)
    sif = SmoothInverseFrequency(vocabulary, name=SIF)(x, ids) if pooling == "sif" else None
    return keras.Model(ids, pooled_head(x, mask, dim, tokens, pooling, sif), name="text_words")
