"""Sentence vectors from a published BERT folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from mmcli.artifacts import jsonio
from mmcli.modalities.text.bert.folder import assign, read_tensors
from mmcli.modalities.text.bert.network import transformer
from mmcli.modalities.text.bert.shape import read_shape
from mmcli.modalities.text.bert.tokenizer import read_tokenizer
from mmcli.modalities.text.words.vectors import Array
from mmcli.nn.graphs import graph

POOLINGS = ("mean", "cls")


class SentenceEncoder:
    """A BERT folder that turns texts into vectors.

    Args:
        folder: Published folder.
        pooling: `mean` of the positions, or the feature at the start token (`cls`).

    Raises:
        InputError, IntegrityError, SafetyError: The folder cannot be used.
    """

    def __init__(self, folder: Path, pooling: str = "mean") -> None:
        self.shape = read_shape(folder)
        self.wordpiece = read_tokenizer(folder, self.shape.vocabulary)
        self.length = min(self.shape.positions, _advised_length(folder) or self.shape.positions)
        self.pooling = pooling
        self.model = transformer(self.shape)
        assign(self.model, read_tensors(folder, self.shape))
        self._graph = graph(self._vectors, input_signature=[tf.TensorSpec([None, None], tf.int32)])

    def cut(self, texts: Sequence[str]) -> int:
        """Number of texts that are longer than the model reads."""
        return sum(length > self.length - 2 for length in self.wordpiece.lengths(texts))

    def encode(self, texts: Sequence[str], batch_size: int = 32) -> Array:
        """Vectors of unit length `[N, H]` float32.

        Texts of similar length share a batch, to minimise padding.
        """
        rows = self.wordpiece.rows(texts, self.length)
        order = np.argsort([-len(row) for row in rows], kind="stable")
        vectors = np.zeros((len(rows), self.shape.hidden), dtype=np.float32)
        for begin in range(0, len(rows), batch_size):
            chosen = order[begin : begin + batch_size]
            ids = np.zeros((len(chosen), len(rows[chosen[0]])), dtype=np.int32)
            for i, number in enumerate(chosen):
                ids[i, : len(rows[number])] = rows[number]
            vectors[chosen] = self._graph(tf.constant(ids)).numpy()
        return vectors

    def _vectors(self, ids: Any) -> Any:
        features = self.model(ids, training=False)
        if self.pooling == "cls":
            return tf.math.l2_normalize(features[:, 0], -1)
        mask = tf.cast(ids != 0, features.dtype)[:, :, None]
        return tf.math.l2_normalize(tf.reduce_sum(features * mask, 1) / tf.reduce_sum(mask, 1), -1)


def _advised_length(folder: Path) -> int:
    """Maximum number of WordPieces per text recommended by the publisher; 0 if not stated."""
    try:
        value = jsonio.read(folder / "sentence_bert_config.json", 2**20)["max_seq_length"]
    except (OSError, jsonio.JsonError, KeyError, TypeError):
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 3 else 0
