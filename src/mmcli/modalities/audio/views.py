"""Spectrograms in graphs: network form and training augmentation."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.padding import FRAME_PAD, LEAST_FRAME
from mmcli.nn.warp import Warp, warped

_WARP = Warp(zoom=(0.1, 0.03), shift=(0.06, 0.01))
_LEVEL = 0.1
_NOISE = 0.1


def network_form(rows: Any) -> Any:
    """Rows `[B, frames, bands]` float16 as float32."""
    return tf.cast(rows, tf.float32)


def view(x: Any, strength: float, draws: Draws) -> Any:
    """Augment spectrograms `[B, frames, bands]` in [-1, 1]: stretch and shift within their lengths, gain, noise."""
    used = x[:, :, :1] > LEAST_FRAME
    lengths = tf.reduce_sum(tf.cast(used[:, :, 0], tf.int32), 1)
    # Padding temporarily repeats the last frame, like positions outside.
    last = tf.gather(x, tf.maximum(lengths - 1, 0), axis=1, batch_dims=1)
    moved = warped(tf.where(used, x, last[:, None])[..., None], _WARP, strength, draws, lengths)[..., 0]
    level = _LEVEL * draws.uniform([tf.shape(x)[0], 1, 1], low=-1.0, part=1)
    changed = moved + strength * (level + _NOISE * draws.normal(tf.shape(x), part=2))
    # Strong noise may push values below the padding marker.
    return tf.where(used, tf.maximum(changed, LEAST_FRAME + 0.25), FRAME_PAD)
