"""Map words of a data set's vocabulary to WordPieces inside the graph.

The `tokenizers` library cannot be called in a graph: it splits every word of the vocabulary once, and
the graph looks up the pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from mmcli.core.token_ids import END, FIRST_WORD, UNKNOWN

if TYPE_CHECKING:
    from mmcli.modalities.text.bert.tokenizer import WordPiece
    from mmcli.modalities.text.words.vectors import Array

MAX_PIECES = 12
# NLTK's word tokeniser replaces double quotes by these.
_QUOTES = {"``": '"', "''": '"'}


def piece_table(vocabulary: Sequence[str], wordpiece: WordPiece) -> Array:
    """WordPieces of each codec id: `[4 + V, P]` int32, padded with -1."""
    rows = [wordpiece.pieces(_QUOTES.get(word, word))[:MAX_PIECES] for word in vocabulary]
    table = np.full((FIRST_WORD + len(rows), max(map(len, rows), default=1) or 1), -1, dtype=np.int32)
    table[UNKNOWN, 0] = wordpiece.unknown
    for i, row in enumerate(rows, FIRST_WORD):
        table[i, : len(row)] = row
    return table


class WordPieces(keras.layers.Layer):
    """Codec ids `[B, T]` to `[start] pieces [end]` of fixed length `[B, L]`, 0 after the end.

    Args:
        vocabulary: Ids of the codec.
        pieces: P, maximum number of pieces per word.
        length: L; longer sequences are truncated, as by BERT's own tokeniser.
        special: Ids of the unknown, start and end tokens.
    """

    def __init__(self, vocabulary: int, pieces: int, length: int, special: tuple[int, int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary, self.pieces, self.length, self.special = vocabulary, pieces, length, special

    def build(self, ids_shape: Any) -> None:
        self.table = self.add_weight(
            shape=(self.vocabulary, self.pieces), dtype="int32", initializer="zeros", trainable=False, name="table"
        )

    def call(self, ids: Any) -> Any:
        _, start, end = self.special
        text = tf.cumsum(tf.cast(tf.equal(ids, END), tf.int32), axis=1, exclusive=True)
        words = tf.where(text > 0, 0, ids)
        flat = tf.reshape(tf.gather(tf.convert_to_tensor(self.table), words), [tf.shape(ids)[0], -1])
        used = flat >= 0
        order = tf.argsort(tf.cast(~used, tf.int32), axis=1, stable=True)
        kept = tf.gather(flat, order, axis=1, batch_dims=1)[:, : self.length - 2]
        kept = tf.pad(kept, [[0, 0], [1, 0]], constant_values=start)
        kept = tf.pad(kept, [[0, 0], [0, tf.maximum(0, self.length - tf.shape(kept)[1])]], constant_values=-1)
        count = tf.minimum(tf.reduce_sum(tf.cast(used, tf.int32), 1, keepdims=True), self.length - 2)
        place = tf.range(self.length)[None, :]
        closed = tf.where(place == count + 1, end, tf.maximum(kept, 0))
        return tf.ensure_shape(tf.where(place > count + 1, 0, closed), [None, self.length])

    def compute_output_spec(self, ids: Any) -> Any:
        return keras.KerasTensor((ids.shape[0], self.length), dtype="int32")
