"""Images in graphs: network form and content-preserving training augmentation."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.warp import Warp, warped

_WARP = Warp(turn=0.2, zoom=(0.12, 0.12), shift=(0.08, 0.08))
_NOISE = 0.05


def network_form(rows: Any) -> Any:
    """Rows `[B, H, W, C]` uint8 as float32 in [-1, 1]."""
    return tf.cast(rows, tf.float32) / 127.5 - 1.0


def view(x: Any, strength: float, draws: Draws) -> Any:
    """Augment images `[B, H, W, C]` in [-1, 1]: rotation, scale, shift and noise, but no flips."""
    moved = warped(x, _WARP, strength, draws)
    return moved + strength * _NOISE * draws.normal(tf.shape(x), part=1)
