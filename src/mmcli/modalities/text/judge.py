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


def corrupted(ids: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Corrupt ids `[B, T]` so that no real text reads like them: words in another order, replaced, repeated or left out."""
    found = np.zeros_like(ids, dtype=np.int32)
    pool = ids[ids >= FIRST_WORD]
    for row, old in zip(found, ids, strict=True):
        length = int(np.count_nonzero(old))
        words = _CORRUPTIONS[rng.integers(len(_CORRUPTIONS))](old[:length], pool, rng)[: len(row)]
        row[: len(words)] = words
    return found


def _reordered(words: npt.NDArray[Any], _: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    inner = np.flatnonzero(words >= FIRST_WORD)
    found = words.copy()
    found[inner] = words[rng.permutation(inner)]
    return found


def _replaced(words: npt.NDArray[Any], pool: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    changed = (rng.random(len(words)) < rng.uniform(0.3, 0.9)) & (words >= FIRST_WORD)
    return np.where(changed, rng.choice(pool, len(words)), words) if len(pool) else words


def _repeated(words: npt.NDArray[Any], _: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    begin = int(rng.integers(max(1, len(words) - 1)))
    return np.concatenate([words[:begin], np.repeat(words[begin : begin + 2], int(rng.integers(2, 5))), words[begin + 2 :]])


def _thinned(words: npt.NDArray[Any], _: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    return words[(rng.random(len(words)) < 0.6) | (words < FIRST_WORD)]


_CORRUPTIONS = (_reordered, _reordered, _replaced, _repeated, _thinned)
