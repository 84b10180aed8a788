"""BERT as Keras models: the bare transformer, and an encoder of a data set's text field."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import keras

from mmcli.modalities.text.bert.layers import BertBlock, BertEmbeddings
from mmcli.modalities.text.bert.pieces import WordPieces
from mmcli.modalities.text.bert.shape import BertShape
from mmcli.modalities.text.pooled_head import pooled_head
from mmcli.nn.layers import SequenceMask

EMBEDDINGS, BLOCK = "embeddings", "block_{}"


def transformer(shape: BertShape, length: int | None = None, dropout: float = 0.0) -> keras.Model:
    """Ids `[B, T]` (0 pads) to features `[B, T, H]`.

    Args:
        shape: Sizes.
        length: T, or `None` for any length up to the number of positions.
        dropout: Dropout rate in training.
    """
    ids = keras.Input((length,), dtype="int32", name="ids")
    return keras.Model(ids, _body(ids, SequenceMask()(ids), shape, dropout), name="bert")


def encoder(
    *,
    shape: list[int],
    vocabulary: int,
    dim: int,
    tokens: int,
    words: int,
    hidden: int,
    layers: int,
    heads: int,
    inner: int,
    positions: int,
    types: int,
    activation: str,
    epsilon: float,
    pooling: str = "mean",
    pieces: int = 0,
    unknown: int = 0,
    start: int = 0,
    end: int = 0,
    length: int = 0,
    frozen: bool = False,
    dropout: float = 0.0,
) -> keras.Model:
    """Encoder of a text field: ids of the text codec, the transformer, then a head.

    Input ids `[B, T]` of any T that there are positions for, padded with 0; outputs as `nn.heads.encoder_outputs`.

    Args:
        shape: `[T]`.
        vocabulary: Number of ids of the codec.
        dim: Width of the shared space.
        tokens: Number of tokens.
        words: Number of ids of the transformer.
        hidden: See `BertShape`, also for the following sizes.
        layers: Number of blocks.
        heads: Number of attention heads.
        inner: Width of the feed-forward networks.
        positions: Maximum number of positions.
        types: Number of segment types.
        activation: Activation of the feed-forward networks.
        epsilon: Epsilon of layer normalisation.
        pooling: See `pooled_head`.
        pieces: Maximum number of WordPieces per word; 0 feeds the codec's ids to the transformer directly.
        unknown: Id of the unknown WordPiece.
        start: Id of the WordPiece before a text.
        end: Id of the WordPiece after a text.
        length: Maximum number of WordPieces per text.
        frozen: Whether the transformer is frozen; the head is always trained.
        dropout: Dropout rate of the transformer in training.
    """
    sizes = BertShape(words, hidden, layers, heads, inner, positions, types, activation, epsilon)
    del shape
    ids = keras.Input((None,), dtype="int32")
    x = ids
    if pieces:
        x = WordPieces(vocabulary, pieces, length, (unknown, start, end), name="pieces")(ids)
    mask = SequenceMask()(x)
    features = _body(x, mask, sizes, dropout, trainable=not frozen)
    return keras.Model(ids, pooled_head(features, mask, dim, tokens, pooling), name="text_bert")


def recipe(shape: BertShape) -> dict[str, Any]:
    """Arguments of `encoder` that describe the transformer."""
    sizes = asdict(shape)
    return {"words": sizes.pop("vocabulary"), **sizes}


def _body(ids: Any, mask: Any, shape: BertShape, dropout: float, *, trainable: bool = True) -> Any:
    x = BertEmbeddings(shape, dropout, name=EMBEDDINGS, trainable=trainable)(ids)
    for i in range(shape.layers):
        x = BertBlock(shape, dropout, name=BLOCK.format(i), trainable=trainable)(x, mask)
    return x
