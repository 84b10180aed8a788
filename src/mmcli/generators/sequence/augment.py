"""SpecAugment (Park et al. 2019): bands and stretches of frames of a sound are hidden in training."""

from __future__ import annotations

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.padding import LEAST_FRAME

_MASKS = 2  # of each kind
_MOST_BANDS, _MOST_FRAMES = 0.2, 0.12  # share of all bands, and of a sound's own frames


def masked(x: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Frames `[B, L, C]` with masked parts set to 0, the mean; padding stays."""
    batch, bands = tf.shape(x)[0], x.shape[2]
    used = x[:, :, :1] > LEAST_FRAME
    lengths = tf.reduce_sum(tf.cast(used[:, :, 0], tf.float32), 1, keepdims=True)
    places, frames = tf.range(bands, dtype=tf.float32)[None], tf.cast(tf.range(tf.shape(x)[1]), tf.float32)[None]
    hidden = tf.zeros([batch, 1, 1], tf.bool)
    for i in range(_MASKS):
        start, width = (draws.uniform([batch, 1], part=10 + 4 * i + k) for k in (0, 1))
        hidden |= _between(places, start * bands, width * _MOST_BANDS * bands)[:, None, :]
        start, width = (draws.uniform([batch, 1], part=12 + 4 * i + k) for k in (0, 1))
        hidden |= _between(frames, start * lengths, width * _MOST_FRAMES * lengths)[:, :, None]
    return tf.where(used & hidden, 0.0, x)


def _between(places: tf.Tensor, start: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    return (places >= start) & (places < start + width)
