"""The judge of sounds, see `judge_parts`."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mmcli.modalities.judge_parts import block, corrupted, judge
from mmcli.nn.padding import LEAST_FRAME

_layers = keras.layers


def network(*, shape: list[int], classes: int, width: int = 64) -> keras.Model:
    """Strided convolutions over time with the bands as channels, for spectrograms `[B, frames, bands]`."""
    spectrogram = keras.Input(tuple(shape))
    x: Any = spectrogram
    for _ in range(max(1, round(math.log2(shape[0] / 8)))):
        x = block(_layers.Conv1D(64, 5, strides=2, padding="same", use_bias=False)(x))
    pooled = _layers.Concatenate()([_layers.GlobalAveragePooling1D()(x), _layers.GlobalMaxPooling1D()(x)])
    return judge(spectrogram, pooled, classes, width)


def corrupted_sounds(x: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """Corrupt spectrograms `[B, frames, bands]` as images of time and frequency; padding stays."""
    used = x[:, :, :1] > LEAST_FRAME
    found = corrupted(np.where(used, x, -1.0).astype(np.float32)[..., None], rng)[..., 0]
    return np.where(used, np.maximum(found, LEAST_FRAME + 0.25), x)
