"""Sounds in training: played slower or faster, and with bands and stretches of frames hidden (SpecAugment, Park et al. 2019)."""

from __future__ import annotations

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.padding import FRAME_PAD, LEAST_FRAME

_LEVEL = 0.05
_MASKS = 2  # of each kind
_FASTEST, _SLOWEST = 0.88, 1.14  # length relative to the sound's own
_MOST_BANDS, _MOST_FRAMES = 0.2, 0.12  # share of all bands, and of a sound's own frames


def changed(x: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Frames `[B, L, C]` in [-1, 1] at another speed and level, `[B, L', C]`, with hidden parts; nothing is cut off at the ends."""
    slower = stretched(x, draws)
    level = _LEVEL * draws.normal([tf.shape(x)[0], 1, 1], part=31)
    return masked(tf.where(slower > LEAST_FRAME, tf.clip_by_value(slower + level, -1.0, 1.0), FRAME_PAD), draws)


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


def stretched(x: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Frames `[B, L, C]` of each sound at another speed, by linear interpolation, `[B, L', C]`."""
    batch, length = tf.shape(x)[0], tf.shape(x)[1]
    used = tf.reduce_sum(tf.cast(x[:, :, 0] > LEAST_FRAME, tf.float32), 1, keepdims=True)
    longest = tf.cast(tf.math.ceil(_SLOWEST * tf.cast(length, tf.float32)), tf.int32)
    scale = draws.uniform([batch, 1], low=_FASTEST, high=_SLOWEST, part=30)
    places = tf.range(longest, dtype=tf.float32)[None] / scale
    last = tf.maximum(used - 1.0, 0.0)
    low = tf.minimum(tf.floor(places), last)
    share = tf.minimum(places - low, 1.0)[:, :, None]
    first, second = (tf.gather(x, tf.cast(at, tf.int32), axis=1, batch_dims=1) for at in (low, tf.minimum(low + 1.0, last)))
    return tf.where((places <= last)[:, :, None] & (used[:, :, None] > 0), first * (1.0 - share) + second * share, FRAME_PAD)


def _between(places: tf.Tensor, start: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    return (places >= start) & (places < start + width)
