"""Small random affine transforms of images and spectrograms, inside the graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws


@dataclass(frozen=True)
class Warp:
    """Maximum magnitudes.

    Attributes:
        turn: Rotation in radians.
        zoom: Relative change of size, independently per axis.
        shift: Shift as fractions of height and width.
    """

    turn: float = 0.0
    zoom: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)


def warped(x: Any, warp: Warp, strength: float, draws: Draws, heights: Any = None) -> Any:
    """Transform each of the images `[B, H, W, C]` by its own draw; outside, the edge is repeated.

    Args:
        x: Values of any range.
        warp: Maximum magnitudes.
        strength: Factor of the magnitudes.
        draws: Random numbers of the step; part 0 is used.
        heights: `[B]` height of the content of each, from the top; the full height by default.
    """
    batch, width = tf.shape(x)[0], x.shape[2]
    height = tf.cast(tf.shape(x)[1], tf.float32) if heights is None else tf.cast(heights, tf.float32)
    draw = draws.uniform([batch, 5], low=-1.0) * strength
    angle = draw[:, 0] * warp.turn
    grow_y, grow_x = tf.exp(draw[:, 1] * math.log1p(warp.zoom[0])), tf.exp(draw[:, 2] * math.log1p(warp.zoom[1]))
    a, b = tf.cos(angle) * grow_x, -tf.sin(angle) * grow_x
    c, d = tf.sin(angle) * grow_y, tf.cos(angle) * grow_y
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    # The centre maps to the centre plus the shift.
    move_x = middle_x - a * middle_x - b * middle_y + draw[:, 3] * warp.shift[1] * width
    move_y = middle_y - c * middle_x - d * middle_y + draw[:, 4] * warp.shift[0] * height
    zero = tf.zeros_like(a)
    transforms = tf.stack([a, b, move_x, c, d, move_y, zero, zero], 1)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=transforms,
        output_shape=tf.shape(x)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    return tf.ensure_shape(moved, x.shape)
