"""The judge of sounds, see `judge_parts`."""

from __future__ import annotations

import math
from typing import Any

import keras

from mmcli.modalities.judge_parts import block, judge

_layers = keras.layers


def network(*, shape: list[int], classes: int, width: int = 64) -> keras.Model:
    """Strided convolutions over time with the bands as channels, for spectrograms `[B, frames, bands]`."""
    spectrogram = keras.Input(tuple(shape))
    x: Any = spectrogram
    for _ in range(max(1, round(math.log2(shape[0] / 8)))):
        x = block(_layers.Conv1D(64, 5, strides=2, padding="same", use_bias=False)(x))
    pooled = _layers.Concatenate()([_layers.GlobalAveragePooling1D()(x), _layers.GlobalMaxPooling1D()(x)])
    return judge(spectrogram, pooled, classes, width)
