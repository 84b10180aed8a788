"""The judge of texts, see `judge_parts`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mmcli.core.token_ids import FIRST_WORD, UNKNOWN
from mmcli.modalities.judge_parts import judge
from mmcli.nn.layers import SequenceMask

_layers = keras.layers
_HIDDEN = 0.1


def network(*, shape: list[int], vocabulary: int, classes: int, width: int = 64) -> keras.Model:
    """Convolutions over word embeddings, for ids `[B, T]`; padding is ignored."""
    ids = keras.Input(tuple(shape), dtype="int32")
    mask = _layers.Reshape((-1, 1))(SequenceMask()(ids))
    x: Any = _layers.Embedding(vocabulary, 64)(ids) * mask
    for _ in range(2):
        x = _layers.Activation("silu")(_layers.Conv1D(96, 3, padding="same")(x)) * mask
    length = _layers.GlobalAveragePooling1D()(mask)
    return judge(ids, _layers.Concatenate()([_layers.GlobalMaxPooling1D()(x), _layers.GlobalAveragePooling1D()(x), length]), classes, width)


def view(ids: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Augment ids `[B, T]`: replace 10 % of the words by the unknown token."""
    hidden = (rng.random(ids.shape) < _HIDDEN) & (ids >= FIRST_WORD)
    return np.where(hidden, UNKNOWN, ids).astype(np.int32)
