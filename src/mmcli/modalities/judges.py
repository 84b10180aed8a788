"""Judges: tiny networks that see real data only, and whose features measure generated data.

A judge reads the network form of one field and gives `features [B, width]`, standardised by a batch
normalisation without parameters, and `logits [B, classes]` (no output where `classes` is 0).
"""

from __future__ import annotations

import math
from typing import Any

import keras

from mmcli.nn.layers import SequenceMask

_layers = keras.layers
_MAX_WIDENING = 4


def image(*, shape: list[int], classes: int, width: int = 64) -> keras.Model:
    """Strided convolutions down to about 4 x 4, for pictures `[B, H, W, C]` in [-1, 1]."""
    picture = keras.Input(tuple(shape))
    x: Any = picture
    for level in range(max(1, round(math.log2(min(shape[0], shape[1]) / 4)))):
        x = _block(_layers.Conv2D(32 * min(2**level, _MAX_WIDENING), 3, strides=2, padding="same", use_bias=False)(x))
    return _head(picture, _layers.Flatten()(x), classes, width)


def audio(*, shape: list[int], classes: int, width: int = 64) -> keras.Model:
    """Strided convolutions over time with the bands as channels, for spectrograms `[B, frames, bands]`."""
    spectrogram = keras.Input(tuple(shape))
    x: Any = spectrogram
    for _ in range(max(1, round(math.log2(shape[0] / 8)))):
        x = _block(_layers.Conv1D(64, 5, strides=2, padding="same", use_bias=False)(x))
    pooled = _layers.Concatenate()([_layers.GlobalAveragePooling1D()(x), _layers.GlobalMaxPooling1D()(x)])
    return _head(spectrogram, pooled, classes, width)


def text(*, shape: list[int], vocabulary: int, classes: int, width: int = 64) -> keras.Model:
    """Convolutions over word embeddings, for ids `[B, T]`; padding counts for nothing."""
    ids = keras.Input(tuple(shape), dtype="int32")
    mask = _layers.Reshape((-1, 1))(SequenceMask()(ids))
    x: Any = _layers.Embedding(vocabulary, 64)(ids) * mask
    for _ in range(2):
        x = _layers.Activation("silu")(_layers.Conv1D(96, 3, padding="same")(x)) * mask
    length = _layers.GlobalAveragePooling1D()(mask)
    return _head(ids, _layers.Concatenate()([_layers.GlobalMaxPooling1D()(x), _layers.GlobalAveragePooling1D()(x), length]), classes, width)


def _block(x: Any) -> Any:
    return _layers.Activation("silu")(_layers.BatchNormalization(momentum=0.9)(x))


def _head(inputs: Any, x: Any, classes: int, width: int) -> keras.Model:
    x = _layers.BatchNormalization(momentum=0.9, center=False, scale=False)(_layers.Dense(width, use_bias=False)(x))
    outputs = {"features": _layers.Activation("linear", dtype="float32", name="features")(x)}
    if classes:
        outputs["logits"] = _layers.Dense(classes, dtype="float32", name="logits")(x)
    return keras.Model(inputs, outputs, name="judge")
