"""Light random changes of pictures in training: what they show stays the same."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.warp import Warp, warped

_WARP = Warp(turn=0.2, zoom=(0.12, 0.12), shift=(0.08, 0.08))
_NOISE = 0.05


def view(x: Any, strength: float, key: Any) -> Any:
    """Pictures `[B, H, W, C]` in [-1, 1] turned, scaled, shifted and noisy; never mirrored."""
    moved = warped(x, _WARP, strength, key)
    return moved + strength * _NOISE * tf.random.stateless_normal(tf.shape(x), key + 1)
