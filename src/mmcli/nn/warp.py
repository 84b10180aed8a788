"""Small random affine changes of pictures and spectrograms, inside the graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws


@dataclass(frozen=True)
class Warp:
    """Largest changes.

    Attributes:
        turn: Rotation in radians.
        zoom: Share by which each axis grows or shrinks, on its own.
        shift: Shares of height and width by which the content moves.
    """

    turn: float = 0.0
    zoom: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)


def warped(x: Any, warp: Warp, strength: float, draws: Draws, heights: Any = None) -> Any:
    """Change each of the pictures `[B, H, W, C]` by its own draw; what lies outside repeats the edge.

    Args:
        x: Values of any range.
        warp: Largest changes.
        strength: Multiplies them.
        draws: Of the step; part 0 is used.
        heights: `[B]` how high the content of each is, from the top on; the whole height by default.
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
