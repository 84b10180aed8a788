"""Networks for texts: ids `[T] int32`, 0 = padding, 1 = unknown, 2 = start, 3 = end."""

from __future__ import annotations

from typing import Any

import keras

from mmcli.modalities.text.pooled_head import pooled_head
from mmcli.nn.critic import critic_head
from mmcli.nn.layers import SequenceMask
from mmcli.nn.masked import MaskedRecurrent

_layers = keras.layers


def encoder(
    *, shape: list[int], vocabulary: int, dim: int, tokens: int, width: int = 64, cell: str = "gru", pooling: str = "attention"
) -> keras.Model:
    """Bidirectional recurrent encoder over word embeddings.

    Input ids `[B, T]` of any T, padded with 0; outputs as `nn.heads.encoder_outputs`.
    """
    del shape
    ids = keras.Input((None,), dtype="int32")
    mask = SequenceMask()(ids)
    x = _layers.Embedding(vocabulary, width)(ids)
    x = MaskedRecurrent(cell, width)(x, mask)
    return keras.Model(ids, pooled_head(x, mask, dim, tokens, pooling), name="text_encoder")


def generator(*, shape: list[int], vocabulary: int, condition: int, width: int = 128, embedding: int = 64) -> keras.Model:
    """One-layer GRU language model whose initial state is computed from the condition.

    Inputs `ids [B, T]` (the previous ids, starting with 2) and `condition [B, condition]`; output
    logits `[B, T, vocabulary]` of the next id. The layers `prefix`, `words`, `memory` and `next`
    are also used step by step for sampling.
    """
    del shape
    ids, c = keras.Input((None,), dtype="int32", name="ids"), keras.Input((condition,), name="condition")
    first_state = _layers.Dense(width, activation="tanh", name="prefix")(c)
    x = _layers.Embedding(vocabulary, embedding, name="words")(ids)
    x = _layers.GRU(width, return_sequences=True, name="memory")(x, initial_state=first_state)
    logits = _layers.Dense(vocabulary, dtype="float32", name="next")(x)
    return keras.Model({"ids": ids, "condition": c}, logits, name="text_generator")


def discriminator(*, shape: list[int], embedding: int, condition: int, width: int = 128, projection: int = 128) -> keras.Model:
    """Dilated convolutions over word embeddings `[B, T, embedding]`, then dense layers.

    Inputs `item` and `condition [B, condition]`; outputs as for every discriminator (`critic_head`).
    """
    item, c = keras.Input((shape[0], embedding), name="item"), keras.Input((condition,), name="condition")
    x: Any = item
    for dilation in (1, 2, 4):
        x = _layers.LeakyReLU(0.2)(_layers.Conv1D(width, 3, padding="same", dilation_rate=dilation)(x))
    pooled = _layers.Concatenate()([_layers.GlobalAveragePooling1D()(x), _layers.GlobalMaxPooling1D()(x)])
    hidden = _layers.LeakyReLU(0.2)(_layers.Dense(width)(pooled))
    return keras.Model({"item": item, "condition": c}, critic_head(hidden, c, projection), name="text_discriminator")


def dense_discriminator(*, shape: list[int], embedding: int, condition: int, width: int = 128, projection: int = 128) -> keras.Model:
    """Dense layers on the concatenated embeddings of all positions.

    Inputs and outputs as `discriminator`.
    """
    item, c = keras.Input((shape[0], embedding), name="item"), keras.Input((condition,), name="condition")
    x = _layers.Flatten()(item)
    for channels in (2 * width, width):
        x = _layers.LeakyReLU(0.2)(_layers.Dense(channels)(x))
    return keras.Model({"item": item, "condition": c}, critic_head(x, c, projection), name="dense_text_discriminator")
