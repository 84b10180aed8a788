"""The judge of images, see `judge_parts`."""

from __future__ import annotations

import math
from typing import Any

import keras

from mmcli.modalities.judge_parts import block, judge

_layers = keras.layers
_MAX_WIDENING = 4


def network(*, shape: list[int], classes: int, width: int = 64) -> keras.Model:
    """Strided convolutions down to about 4 x 4, for images `[B, H, W, C]` in [-1, 1]."""
    image = keras.Input(tuple(shape))
    x: Any = image
    for level in range(max(1, round(math.log2(min(shape[0], shape[1]) / 4)))):
        x = block(_layers.Conv2D(32 * min(2**level, _MAX_WIDENING), 3, strides=2, padding="same", use_bias=False)(x))
    return judge(image, _layers.Flatten()(x), classes, width)
